package secrets_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

const (
	loginRoute   = "POST /api/v1/auth/universal-auth/login"
	userKeyRoute = "GET /api/v2/workspace/:id/encrypted-key"
)

// with opens a store with a credential, and for the rest like one with a token.
func (w *world) with(credential ...func(*secrets.Config)) *secrets.Store {
	w.t.Helper()
	cfg := secrets.Config{Host: w.server.URL(), WorkspaceID: w.owner.Project.ID, RequestTimeout: 5 * time.Second, MaxRetries: 1}
	for _, set := range credential {
		set(&cfg)
	}
	store, err := secrets.Open(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	return store
}

// apiKey is that of a new member of the project.
func (w *world) apiKey() func(*secrets.Config) {
	w.t.Helper()
	key, private, err := w.owner.APIKey()
	if err != nil {
		w.t.Fatal(err)
	}
	return func(cfg *secrets.Config) { cfg.APIKey, cfg.PrivateKey = key, private }
}

// identity is a new one of the project, without the project key.
func (w *world) identity(i devserver.Identity) func(*secrets.Config) {
	id, secret := w.owner.Identity(i)
	return func(cfg *secrets.Config) { cfg.ClientID, cfg.ClientSecret = id, secret }
}

func (w *world) projectKey(cfg *secrets.Config) { cfg.ProjectKey = w.owner.KeyText }

func october(t *testing.T) *world {
	t.Helper()
	return ofEra(t, devserver.Era2024October)
}

func ofEra(t *testing.T, era devserver.Era) *world {
	t.Helper()
	return worldWith(t, devserver.Options{Era: era, RateLimit: 1000})
}

// TestSettingErrors: what is wrong with a setting is named by the provider's
// attribute, says whether it is missing, and nothing of what it holds.
func TestSettingErrors(t *testing.T) {
	t.Parallel()
	const (
		private = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE="
		token   = "st.f126ad6c-336e-43b7-a3b6-931ff274ec95.45eca005fa3d4a38992e475dbdda606a"
		key     = "0123456789abcdef0123456789abcdef"
	)
	for name, c := range map[string]struct {
		cfg     secrets.Config
		setting string
		missing bool
		says    string
	}{
		"nothing":                     {secrets.Config{}, "service_token", false, "it is empty"},
		"three parts in E2EE mode":    {secrets.Config{ServiceToken: token}, "service_token", false, "its fourth part, the decryption key, is missing"},
		"two parts in sealed mode":    {secrets.Config{ServiceToken: "st.canary", Mode: secrets.ModeSealed}, "service_token", false, "2 parts"},
		"no host":                     {secrets.Config{ServiceToken: token + "." + key, Host: "http://example.com"}, "host", false, ""},
		"private key alone":           {secrets.Config{PrivateKey: private}, "auth.api_key.api_key", true, "not complete without it"},
		"API key alone":               {secrets.Config{APIKey: "ak.canary.canary"}, "auth.api_key.private_key", false, ""},
		"another kind of API key":     {secrets.Config{APIKey: "canary", PrivateKey: private}, "auth.api_key.api_key", false, "does not begin with `ak.`"},
		"API key with a line break":   {secrets.Config{APIKey: "ak.canary.canary\n", PrivateKey: private}, "auth.api_key.api_key", false, "white space"},
		"private key of other length": {secrets.Config{APIKey: "ak.canary.canary", PrivateKey: "Y2FuYXJ5"}, "auth.api_key.private_key", false, ""},
		"API key without a project":   {secrets.Config{APIKey: "ak.canary.canary", PrivateKey: private}, "workspace_id", true, "an API key does not tell which project is meant"},
		"client secret alone":         {secrets.Config{ClientSecret: "canary"}, "auth.universal.client_id", true, "not complete without it"},
		"client id alone":             {secrets.Config{ClientID: "canary"}, "auth.universal.client_secret", true, "not complete without it"},
		"client secret with a blank":  {secrets.Config{ClientID: "canary", ClientSecret: "canary "}, "auth.universal.client_secret", false, "white space"},
		"identity without a project":  {secrets.Config{ClientID: "canary", ClientSecret: "canary"}, "workspace_id", true, "a machine identity does not tell"},
		"identity without a key":      {secrets.Config{ClientID: "canary", ClientSecret: "canary", WorkspaceID: "w"}, "project_key", true, "the server keeps no key for it"},
		"identity with another key":   {secrets.Config{ClientID: "canary", ClientSecret: "canary", WorkspaceID: "w", ProjectKey: "canary"}, "project_key", false, "32 hexadecimal characters"},
		"no sealing key":              {secrets.Config{ServiceToken: token, Mode: secrets.ModeSealed, Host: "https://example.com"}, "sealing_keys", false, "sealed mode needs at least one"},
		"no key":                      {secrets.Config{ServiceToken: token, Mode: secrets.ModeSealed, Host: "https://example.com", SealingKeys: []string{"canary"}}, "sealing_keys", false, "sealing key 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := secrets.Open(c.cfg)
			var setting *secrets.SettingError
			if !errors.As(err, &setting) || setting.Setting != c.setting || setting.Missing != c.missing || !strings.Contains(err.Error(), c.says) || setting.Unwrap() == nil {
				t.Errorf("%#v", err)
			}
			if err != nil && (strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "Y2Fu")) {
				t.Errorf("it quotes the setting: %v", err)
			}
		})
	}
	w := newSealedProject(t)
	_, err := secrets.Open(secrets.Config{Host: w.server.URL(), ServiceToken: token, Mode: secrets.ModeSealed, SealingKeys: []string{w.key.Reveal(), w.key.Reveal()}})
	var setting *secrets.SettingError
	if !errors.As(err, &setting) || setting.Setting != "sealing_keys" || !strings.Contains(err.Error(), "it is there already") || strings.Contains(err.Error(), w.key.Reveal()) {
		t.Errorf("a key twice: %v", err)
	}
	// In the other modes the identity needs no key.
	for _, mode := range []func(*secrets.Config){inES, w.inSealed()} {
		if store := w.with(w.identity(devserver.Identity{}), mode); store.Credential() != "machine identity" {
			t.Errorf("%q", store.Credential())
		}
	}
}

// TestEachCredentialReadsAndWritesTheSame: one project key, three ways to it.
func TestEachCredentialReadsAndWritesTheSame(t *testing.T) {
	t.Parallel()
	w := october(t)
	w.put("THERE", "v", "c")
	stores := map[string]*secrets.Store{
		"service token": w.store(seed.Token{}), "API key": w.with(w.apiKey()), "machine identity": w.with(w.identity(devserver.Identity{}), w.projectKey),
	}
	fingerprints := map[string]bool{}
	for name, store := range stores {
		found, err := store.Find(t.Context(), w.ref("THERE"), "")
		if err != nil || found.Value.Reveal() != "v" {
			t.Fatalf("%s: %v", name, err)
		}
		fingerprints[found.Fingerprint+found.FingerprintKeyID] = true
		made, err := store.Create(t.Context(), w.ref("OWN"), draft(name, ""))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		w.holds("THERE=v#c", "OWN="+name)
		if err := store.Delete(t.Context(), w.ref("OWN"), made.ID); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if store.Credential() != name {
			t.Errorf("%s calls itself %q", name, store.Credential())
		}
		if user, err := store.User(t.Context()); err != nil || (user != "") != (name == "API key") {
			t.Errorf("%s is user %q: %v", name, user, err)
		}
	}
	if len(fingerprints) != 1 {
		t.Error("the fingerprint depends on who reads")
	}
	if got := w.requests(); got[loginRoute] != 1 || got[userKeyRoute] != 1 || got[tokenRoute] != 1 {
		t.Errorf("%v", got)
	}
	for _, r := range w.server.Requests() {
		if strings.Contains(string(r.Body)+strings.Join(r.Header["Authorization"], " "), w.owner.KeyText) {
			t.Errorf("%s carried the project key", r.Route)
		}
	}
}

// TestCredentialsThatAreRefused: in whose words, and what to do.
func TestCredentialsThatAreRefused(t *testing.T) {
	t.Parallel()
	elsewhere := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	for name, c := range map[string]struct {
		era     devserver.Era
		store   func(w *world) *secrets.Store
		problem secrets.Problem
		says    []string
	}{
		"unknown client": {devserver.Era2024October, func(w *world) *secrets.Store {
			return w.with(w.identity(devserver.Identity{}), func(cfg *secrets.Config) { cfg.ClientID = "f126ad6c-336e-43b7-a3b6-931ff274ec95" }, w.projectKey)
		}, secrets.ProblemCredential, []string{"The server knows no machine identity with this client id.", "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID"}},
		"wrong secret": {devserver.Era2024October, func(w *world) *secrets.Store {
			return w.with(w.identity(devserver.Identity{}), func(cfg *secrets.Config) { cfg.ClientSecret = "wrong" }, w.projectKey)
		}, secrets.ProblemCredential, []string{"refuses the machine identity's client id and client secret", "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"}},
		"wrong secret, May": {devserver.Era2024May, func(w *world) *secrets.Store {
			return w.with(w.identity(devserver.Identity{}), func(cfg *secrets.Config) { cfg.ClientSecret = "wrong" }, w.projectKey)
		}, secrets.ProblemCredential, []string{"refuses the machine identity's client id and client secret"}},
		"expired secret": {devserver.Era2024October, func(w *world) *secrets.Store {
			return w.with(w.identity(devserver.Identity{SecretExpiresAt: time.Now().Add(-time.Hour)}), w.projectKey)
		}, secrets.ProblemCredential, []string{"The machine identity's client secret has expired.", "Make a new client secret"}},
		"spent secret": {devserver.Era2024October, func(w *world) *secrets.Store {
			identity := w.identity(devserver.Identity{SecretMaxUses: 1})
			if _, err := w.with(identity, w.projectKey).Locate(w.t.Context(), secrets.Folder{Environment: "dev"}); err != nil {
				w.t.Fatal(err)
			}
			return w.with(identity, w.projectKey)
		}, secrets.ProblemCredential, []string{"was used as often as it may be", "each run logs in once"}},
		"another address": {devserver.Era2024October, func(w *world) *secrets.Store {
			return w.with(w.identity(devserver.Identity{SecretTrusted: elsewhere}), w.projectKey)
		}, secrets.ProblemCredential, []string{"does not take the machine identity from this machine's address"}},
		"no identities": {devserver.Era2023November, func(w *world) *secrets.Store {
			return w.with(func(cfg *secrets.Config) { cfg.ClientID, cfg.ClientSecret = "id", "secret" }, w.projectKey)
		}, secrets.ProblemCredential, []string{"The server", "status 404"}},
		"identity outside": {devserver.Era2024October, func(w *world) *secrets.Store {
			other, err := seed.NewOwner(w.server, devserver.Project{})
			if err != nil {
				w.t.Fatal(err)
			}
			return w.with(w.identity(devserver.Identity{ProjectID: other.Project.ID}), w.projectKey)
		}, secrets.ProblemWorkspace, []string{"is not the machine identity's", "Add the identity to that project"}},
		"unknown API key": {devserver.Era2024May, func(w *world) *secrets.Store {
			return w.with(w.apiKey(), func(cfg *secrets.Config) { cfg.APIKey = "ak.f126ad6c-336e-43b7-a3b6-931ff274ec95.00" })
		}, secrets.ProblemCredential, []string{"The server does not accept the API key: it is wrong, was deleted, or has expired", "INFISICAL_API_KEY"}},
		"user outside": {devserver.Era2024May, func(w *world) *secrets.Store {
			other, err := seed.NewOwner(w.server, devserver.Project{})
			if err != nil {
				w.t.Fatal(err)
			}
			return w.with(w.apiKey(), func(cfg *secrets.Config) { cfg.WorkspaceID = other.Project.ID })
		}, secrets.ProblemWorkspace, []string{"is not the API key's", "Add the user to that project"}},
		"no project key kept": {devserver.Era2024May, func(w *world) *secrets.Store {
			user := w.server.CreateUser(devserver.User{Email: "new@example.com"})
			w.server.AddMember(devserver.Member{ProjectID: w.owner.Project.ID, UserID: user.ID})
			_, key := w.server.CreateAPIKey(devserver.APIKey{UserID: user.ID})
			return w.with(w.apiKey(), func(cfg *secrets.Config) { cfg.APIKey = key })
		}, secrets.ProblemCredential, []string{"The server keeps no project key for the API key", "remove the user and add them again"}},
		"no project key for a token": {devserver.Era2024May, func(w *world) *secrets.Store {
			return w.store(seed.Token{Keyless: true})
		}, secrets.ProblemCredential, []string{"The server keeps no project key for the service token", "Make a new token"}},
		"private key of another": {devserver.Era2024May, func(w *world) *secrets.Store {
			other := w.apiKey()
			return w.with(w.apiKey(), func(cfg *secrets.Config) {
				key := cfg.APIKey
				other(cfg)
				cfg.APIKey = key
			})
		}, secrets.ProblemCredential, []string{"The private key does not open the project key that the server keeps for the user", "INFISICAL_PRIVATE_KEY"}},
		"token of another server": {devserver.Era2024May, func(w *world) *secrets.Store {
			return w.store(seed.Token{}, func(cfg *secrets.Config) {
				cfg.ServiceToken = "st.f126ad6c-336e-43b7-a3b6-931ff274ec95.45eca005fa3d4a38992e475dbdda606a." + strings.Repeat("0", 32)
			})
		}, secrets.ProblemCredential, []string{"The server does not accept the service token: it is wrong, was revoked, or has expired", "INFISICAL_SERVICE_TOKEN"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := ofEra(t, c.era)
			w.put("THERE", "v", "")
			store := c.store(w)
			_, err := store.Find(t.Context(), w.ref("THERE"), "")
			wantProblem(t, err, c.problem, c.says...)
			// Nothing was written to find that out.
			_, err = store.Create(t.Context(), w.ref("N"), draft("v", ""))
			wantProblem(t, err, c.problem)
			w.holds("THERE=v")
		})
	}
}

// TestRefusedLoginIsNotRepeated: a thousand resources ask, and a server that
// counts failures would lock the identity out.
func TestRefusedLoginIsNotRepeated(t *testing.T) {
	t.Parallel()
	w := october(t)
	store := w.with(w.identity(devserver.Identity{}), w.projectKey, func(cfg *secrets.Config) { cfg.ClientSecret = "wrong" })
	for range 5 {
		_, err := store.Find(t.Context(), w.ref("N"), "")
		wantProblem(t, err, secrets.ProblemCredential)
	}
	if got := w.requests(); got[loginRoute] != 1 {
		t.Errorf("%v", got)
	}
}

// TestAccessTokenIsRenewed by another login, and the write is made once.
func TestAccessTokenIsRenewed(t *testing.T) {
	t.Parallel()
	w := october(t)
	store := w.with(w.identity(devserver.Identity{}), w.projectKey)
	if _, err := store.Create(t.Context(), w.ref("A"), draft("a", "")); err != nil {
		t.Fatal(err)
	}
	w.server.ExpireAccessTokens()
	if _, err := store.Create(t.Context(), w.ref("B"), draft("b", "")); err != nil {
		t.Fatal(err)
	}
	w.holds("A=a", "B=b")
	if got := w.requests(); got[loginRoute] != 2 {
		t.Errorf("%v", got)
	}
}

// TestRightsThatTheServerKnows: what a role may not do only the answer tells.
func TestRightsThatTheServerKnows(t *testing.T) {
	t.Parallel()
	w := october(t)
	there := w.put("THERE", "v", "")
	store := w.with(w.identity(devserver.Identity{Role: devserver.RoleViewer}), w.projectKey)
	if err := store.CheckWrite(t.Context(), w.folder("/")); err != nil {
		t.Errorf("refused beforehand: %v", err)
	}
	_, err := store.Create(t.Context(), w.ref("N"), draft("v", ""))
	wantProblem(t, err, secrets.ProblemPermission, `The machine identity may not do that in the folder / of environment "dev".`, "Give the identity a role in the project that allows it.")
	wantProblem(t, store.Delete(t.Context(), w.ref("THERE"), there.ID), secrets.ProblemPermission, "The machine identity may not do that")
	w.holds("THERE=v")

	other := w.folder("/")
	other.WorkspaceID = "another"
	_, err = store.Locate(t.Context(), other)
	wantProblem(t, err, secrets.ProblemWorkspace, "The provider is configured for another project ("+w.owner.Project.ID+").")
	_, err = w.store(seed.Token{}).Locate(t.Context(), other)
	wantProblem(t, err, secrets.ProblemWorkspace, "The service token belongs to another project")
	_, err = store.Locate(t.Context(), secrets.Folder{})
	wantProblem(t, err, secrets.ProblemEnvironment, "the machine identity is not of one environment alone")
	_, err = store.Locate(t.Context(), secrets.Folder{Environment: "dev", Path: "no/path"})
	wantProblem(t, err, secrets.ProblemFolderMissing, "folder_path: It is no folder path: it must begin with a slash.")
	_, err = store.Token(t.Context())
	wantProblem(t, err, secrets.ProblemCredential, "another credential (machine identity)")
	wantProblem(t, store.CheckWrite(t.Context(), secrets.Folder{WorkspaceID: w.owner.Project.ID, Environment: "nope", Path: "/"}), secrets.ProblemEnvironment, "It has: dev, staging, prod.")
}

// TestFingerprintsOfOwnKey: where there is no project key they are made of the
// credential, the same in each run.
func TestFingerprintsOfOwnKey(t *testing.T) {
	t.Parallel()
	w := october(t)
	w.owner.SwitchToES()
	w.put("N", "v", "")
	read := func(set func(*secrets.Config)) (fingerprint, keyID string) {
		t.Helper()
		found, err := w.with(set, inES).Find(t.Context(), w.ref("N"), "")
		if err != nil || found.Fingerprint == "" || found.FingerprintKeyID == "" {
			t.Fatalf("%q under %q: %v", found.Fingerprint, found.FingerprintKeyID, err)
		}
		return found.Fingerprint, found.FingerprintKeyID
	}
	one, other := w.identity(devserver.Identity{}), w.identity(devserver.Identity{})
	first, firstKey := read(one)
	if again, key := read(one); again != first || key != firstKey {
		t.Error("another run makes another fingerprint")
	}
	if others, key := read(other); others == first || key == firstKey {
		t.Error("two identities make one fingerprint")
	}
	// With the project key they are those of the other credentials.
	shared, sharedKey := read(func(cfg *secrets.Config) { one(cfg); w.projectKey(cfg) })
	if ofUser, key := read(w.apiKey()); ofUser != shared || key != sharedKey || shared == first {
		t.Error("the project key makes another fingerprint for each credential")
	}
}

// TestClosedStoresOfOtherCredentials hold no key any more.
func TestClosedStoresOfOtherCredentials(t *testing.T) {
	t.Parallel()
	w := october(t)
	w.put("N", "v", "")
	for name, store := range map[string]*secrets.Store{"API key": w.with(w.apiKey()), "identity": w.with(w.identity(devserver.Identity{}), w.projectKey)} {
		if _, err := store.Find(t.Context(), w.ref("N"), ""); err != nil {
			t.Fatal(err)
		}
		store.Close()
		if found, err := store.Find(t.Context(), w.ref("N"), ""); err == nil || !found.Value.IsEmpty() {
			t.Errorf("%s: a value was opened: %v", name, err)
		}
		if _, err := store.Create(t.Context(), w.ref("NEW"), draft("v", "")); err == nil {
			t.Errorf("%s: something was sealed", name)
		}
	}
	w.holds("N=v")

	// What never unlocked can unlock no more.
	for name, store := range map[string]*secrets.Store{"API key": w.with(w.apiKey()), "identity": w.with(w.identity(devserver.Identity{}), w.projectKey), "token": w.store(seed.Token{})} {
		store.Close()
		if found, err := store.Find(t.Context(), w.ref("N"), ""); err == nil || !found.Value.IsEmpty() {
			t.Errorf("%s: a value was opened: %v", name, err)
		}
	}
}

// TestLockedLogin is said to be one, and no process logs in again into it.
func TestLockedLogin(t *testing.T) {
	t.Parallel()
	w := sealedProjectOn(t, devserver.Options{Era: devserver.Era2026July})
	identity := w.identity(devserver.Identity{Lockout: devserver.Lockout{After: 1}})
	wrong := w.with(identity, w.inSealed(), func(cfg *secrets.Config) { cfg.ClientSecret = "wrong" })
	_, err := wrong.Find(t.Context(), w.ref("N"), "")
	wantProblem(t, err, secrets.ProblemCredential, "The server refuses the machine identity's client id and client secret")
	right := w.with(identity, w.inSealed())
	w.server.ResetRequests()
	for range 5 {
		_, err := right.Find(t.Context(), w.ref("N"), "")
		wantProblem(t, err, secrets.ProblemCredential, "The server has locked the login of the machine identity for a while", "nothing was tried again", "temporarily locked", "The server asked is http")
	}
	if got := w.requests(); got[loginRoute] != 1 {
		t.Errorf("%v", got)
	}
}
