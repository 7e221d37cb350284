package acctest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/seal"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// Sealed is an Env whose project is of version 3, with a sealing key. Values
// may be sent in envelopes alone.
type Sealed struct {
	*Env
	Keys []string // the first seals
}

// NewSealed starts a server of October 2024, with other options than usual if
// some are changed.
func NewSealed(t testing.TB, change ...func(*devserver.Options)) *Sealed {
	t.Helper()
	options := devserver.Options{Era: devserver.Era2024October, RateLimit: 1000}
	for _, c := range change {
		c(&options)
	}
	s := &Sealed{Env: NewProject(t, devserver.Project{Name: "sealed", Version: 3}, options)}
	s.raw = true
	s.Keys = []string{s.NewKey()}
	return s
}

// OverV4 makes it a server that has /api/v4/secrets alone.
func OverV4(o *devserver.Options) { o.Era, o.WithoutV3 = devserver.Era2026July, true }

// NewKey makes a sealing key and watches over it.
func (s *Sealed) NewKey() string {
	s.T.Helper()
	key, err := seal.GenerateKey()
	if err != nil {
		s.T.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = append(s.keys, key.Reveal())
	return key.Reveal()
}

// ServiceToken is the token that may do everything, with its project: in sealed
// mode nothing of a place is taken from the server.
func (s *Sealed) ServiceToken() Credential {
	c := s.Env.ServiceToken()
	c.HCL += fmt.Sprintf("\n  workspace_id = %q", s.Owner.Project.ID)
	return c
}

// Settings are those of a provider block.
func (s *Sealed) Settings() []string {
	return []string{`encryption_mode = "sealed"`, fmt.Sprintf("sealing_keys = %s", hclList(s.Keys))}
}

// Variables are those of an environment that stand for Settings.
func (s *Sealed) Variables() []string {
	return []string{"INFISICAL_ENCRYPTION_MODE=sealed", "INFISICAL_SEALING_KEYS=" + strings.Join(s.Keys, ","), "INFISICAL_PROJECT_ID=" + s.Owner.Project.ID}
}

func hclList(texts []string) string {
	out := "["
	for _, text := range texts {
		out += fmt.Sprintf("%q, ", text)
	}
	return out + "]"
}

// Config puts a provider block for sealed mode before a configuration.
func (s *Sealed) Config(hcl string, settings ...string) string {
	return s.ConfigAs(s.ServiceToken(), hcl, append(s.Settings(), settings...)...)
}

// Read, Change and Remove act as another client that has the keys, whose view
// is never older than the call.
func (s *Sealed) Read(environment, path string) map[string]seed.Plain {
	s.T.Helper()
	return s.client().read(environment, path)
}

// Held is Read without a request: it opens what the server's memory holds.
func (s *Sealed) Held(environment, path string) map[string]seed.Plain {
	s.T.Helper()
	ring, err := seal.ParseRing(strings.Join(s.Keys, "\n"))
	if err != nil {
		s.T.Fatal(err)
	}
	defer ring.Clear()
	out := map[string]seed.Plain{}
	for _, r := range s.Server.RawRecords(s.Owner.Project.ID, environment, path) {
		value, _, _, err := ring.Open(seal.Place{
			ProjectID: r.WorkspaceID, Environment: r.Environment, Path: r.SecretPath, Name: r.Name, Type: r.Type,
		}, r.Value)
		if err != nil {
			s.T.Fatal(err)
		}
		out[r.Name] = seed.Plain{ID: r.ID, Name: r.Name, Value: string(value), Comment: r.Comment, Version: r.Version}
	}
	return out
}

// Change gives a secret another value.
func (s *Sealed) Change(environment, path, name, value string) {
	s.T.Helper()
	s.client().change(environment, path, name, value)
}

// Remove deletes a secret.
func (s *Sealed) Remove(environment, path, name string) {
	s.T.Helper()
	s.client().remove(environment, path, name)
}

func (s *Sealed) client() client {
	return client{s.T, secrets.Config{Host: s.Server.URL(), ServiceToken: s.Token, WorkspaceID: s.Owner.Project.ID, Mode: secrets.ModeSealed, SealingKeys: s.Keys}}
}

// Plant puts a secret of another client, or a new value, into the server's memory,
// without a request.
func (s *Sealed) Plant(environment, path, name, value string) {
	s.T.Helper()
	ring, err := seal.ParseRing(strings.Join(s.Keys, "\n"))
	if err != nil {
		s.T.Fatal(err)
	}
	defer ring.Clear()
	r := devserver.RawRecord{WorkspaceID: s.Owner.Project.ID, Environment: environment, SecretPath: path, Name: name, Type: "shared", Version: 1}
	for _, there := range s.Server.RawRecords(r.WorkspaceID, environment, path) {
		if there.Name == name {
			r = there
			r.Version++
		}
	}
	r.Value, err = ring.Seal(seal.Place{ProjectID: r.WorkspaceID, Environment: environment, Path: path, Name: name, Type: r.Type}, uint64(time.Now().UnixMilli()), []byte(value))
	if err != nil {
		s.T.Fatal(err)
	}
	s.Server.PutRawRecord(r)
}

// Rekey seals anew what is under another key than the first in a folder.
func (s *Sealed) Rekey(environment, path string) {
	s.T.Helper()
	store, f := s.client().open(environment, path)
	if result, err := store.Reseal(s.T.Context(), f, false); err != nil || !result.IsComplete() {
		s.T.Fatal(err, result.Failed)
	}
}

// Add creates a secret as another client that has the keys.
func (s *Sealed) Add(environment, path, name, value string) {
	s.T.Helper()
	store, f := s.client().open(environment, path)
	if _, err := store.Create(s.T.Context(), secrets.Ref{Folder: f, Name: name}, secrets.Draft{Value: secrets.NewValue(value)}); err != nil {
		s.T.Fatal(err)
	}
}
