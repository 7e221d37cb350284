// Package secrets is the domain: what a secret is, and how a project's secrets
// are read and changed. It stands between Terraform's objects above and the
// HTTP dialect and the encryption below.
//
// A Store's promises: a secret that is returned was authenticated and is the
// one asked for; a write is opened again before it is sent and its echo is
// compared (which at /api/v4 is what was sent, so that the next list is the check); a write whose answer was lost is settled by reading; only an exact
// "does not exist" is [ProblemNotFound].
package secrets

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/seal"
)

// Logger takes what a run does; it is never given a secret.
type Logger = api.Logger

// TLS says which certificates are used beside the system's.
type TLS = api.TLS

// Defaults of Config.
const (
	DefaultRequestTimeout = api.DefaultRequestTimeout
	DefaultMaxRetries     = api.DefaultMaxRetries
	DefaultExpiryWarning  = 7 * 24 * time.Hour
)

// Config is what a user configures, parsed but not yet tried.
type Config struct {
	Host     string
	HostFrom string // where Host was set, as Settings.Host gives it; "" = errors do not say

	// Exactly one credential: a service token, `st.<id>.<secret>.<key>`; a
	// user's API key with the private key, in standard base64; or a machine
	// identity, by one of its ways to log in or with a ready access token. An
	// identity needs the project key in E2EE mode, and in ES mode unless it has a
	// client secret.
	ServiceToken           string
	APIKey, PrivateKey     string
	ClientID, ClientSecret string
	OIDC                   *OIDC
	Kubernetes             *Kubernetes
	AWSIAM                 *AWSIAM
	AccessToken            string
	ProjectKey             string // 32 hexadecimal characters; beside an API key a pin
	ProjectKeyID           string // of the project key, as Store.ProjectKeyID gives it; "" = no pin
	OrganizationSlug       string // of logins; "" = the identity's own organisation
	// SealingKeys are of sealed mode: the first seals, all open.
	SealingKeys []string

	Mode              Mode
	AllowInsecureHTTP bool
	RequestTimeout    time.Duration // of one attempt; 0 = default
	MaxRetries        int
	// MaxRequestsPerMinute of one kind of request; 0 = what the server allows.
	MaxRequestsPerMinute int
	UserAgent            string
	Logger               Logger        // may be nil
	ExpiryWarning        time.Duration // warn if the token has less than this left; 0 = never
	TLS                  TLS
	Headers              map[string]string // on every request, beside the provider's own
	// AcknowledgeServerKeyAccess: no warning that the server can take the key.
	AcknowledgeServerKeyAccess bool

	// Used wherever an object names none; "" = the token's own, see
	// Store.Locate. Other credentials than tokens need the project.
	WorkspaceID, Environment, Path string
}

// Mode says where the server keeps a project's secrets, and in which form they
// reach it. It is what the user says, and is never changed.
type Mode int

// The modes.
const (
	ModeE2EE   Mode = iota // sealed: the server holds no key
	ModeES                 // in the clear: the server holds the key (PROTOCOL section 9)
	ModeSealed             // in envelopes of our own, over the raw endpoints
)

// Store reads and changes the secrets of one project with one credential. It
// is safe for concurrent use.
type Store struct {
	client     *api.Client
	credential credential
	hostOrigin string // see Config.hostOrigin
	defaults   Folder
	// openBackend is where the mode is chosen, once.
	openBackend func(access) (backend, error)
	ring        seal.Ring // of sealed mode
	sealsNames  bool

	flights singleflight.Group

	mu       sync.Mutex
	unlocked *project // nil until the first unlock succeeds
	failed   bool     // an unlock has failed, after all its retries
	folders  map[Folder]*folder
	trees    map[Folder]*tree    // by environment: without a path
	imports  map[Folder]*imports // by the folder that imports
	bounds   *bounds
	planned  map[Folder]Folder // see PlanFolder
	warnings []Warning
	adopted  []Adoption

	keyPin string // the id that the project key must have; "" = any
	// keyVouched: the server could put no other project key in the place of the
	// project's own.
	keyVouched bool

	expiryWarning   time.Duration
	expiryOnce      sync.Once
	keyAcknowledged bool
	keyOnce         sync.Once
}

// Warning is something that a user should hear, and that stops nothing.
type Warning struct{ Summary, Detail string }

// Open parses the configuration and dials nothing. What is wrong with a setting
// is a [SettingError].
func Open(cfg Config) (*Store, error) {
	credential, err := cfg.credential()
	if err != nil {
		return nil, err
	}
	if err := checkHeaders(cfg); err != nil {
		return nil, err
	}
	keyPin, err := cfg.keyPin()
	if err != nil {
		return nil, err
	}
	client, err := api.New(api.Config{
		Host:              cfg.Host,
		AllowInsecureHTTP: cfg.AllowInsecureHTTP,
		Credential:        credential.proof(),
		UserAgent:         cfg.UserAgent,
		RequestTimeout:    cfg.RequestTimeout,
		MaxRetries:        cfg.MaxRetries,

		MaxRequestsPerMinute: cfg.MaxRequestsPerMinute,
		Logger:               cfg.Logger,
		TLS:                  cfg.TLS,
		Headers:              cfg.Headers,
	})
	var setting *api.SettingError
	if errors.As(err, &setting) {
		return nil, &SettingError{Setting: setting.Setting, Cause: setting.Cause}
	}
	if err != nil {
		return nil, &SettingError{Setting: hostSetting, Cause: err}
	}
	s := &Store{
		client: client, credential: credential, hostOrigin: cfg.hostOrigin(),
		defaults: Folder{cfg.WorkspaceID, cfg.Environment, cfg.Path},
		folders:  map[Folder]*folder{},
		trees:    map[Folder]*tree{},
		imports:  map[Folder]*imports{},
		bounds:   newBounds(),
		planned:  map[Folder]Folder{},

		sealsNames:      cfg.Mode == ModeE2EE,
		keyPin:          keyPin,
		keyVouched:      keyPin != "" || !isAPIKey(credential),
		expiryWarning:   cfg.ExpiryWarning,
		keyAcknowledged: cfg.AcknowledgeServerKeyAccess,
	}
	switch s.openBackend = s.openE2EE; cfg.Mode {
	case ModeES:
		s.openBackend = s.openES
	case ModeSealed:
		if s.ring, err = parseRing(cfg.SealingKeys); err != nil {
			return nil, err
		}
		s.openBackend = s.openSealed
	}
	return s, nil
}

// SealsNames tells whether names are opened from fields that the server fills
// (E2EE mode). Such a name may be a value of another secret, so it is sent only
// if the configuration or the state of a managed secret holds it.
func (s *Store) SealsNames() bool { return s.sealsNames }

// Close overwrites the keys. The store opens and seals nothing any more, so it
// is for when nothing that still runs can be answered.
func (s *Store) Close() {
	s.credential.clear()
	s.ring.Clear()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unlocked != nil {
		s.unlocked.backend.clear()
	}
}

// TakeWarnings returns what a user should hear once, and forgets it.
func (s *Store) TakeWarnings() []Warning {
	s.mu.Lock()
	defer s.mu.Unlock()
	warnings := slices.Concat(s.warnings, AdoptionWarnings(s.adopted, false))
	s.warnings, s.adopted = nil, nil
	return warnings
}

func (s *Store) warn(warning Warning) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.warnings = append(s.warnings, warning)
}

// shared runs work once for all callers that ask for the same key at the same
// time. The work outlives a caller that is interrupted: the others still wait
// for it. A failure is shared by those who waited and not kept.
func (s *Store) shared(ctx context.Context, key string, work func(context.Context) error) error {
	ch := s.flights.DoChan(key, func() (any, error) {
		return nil, work(context.WithoutCancel(ctx))
	})
	select {
	case result := <-ch:
		return result.Err
	case <-ctx.Done():
		return ctx.Err()
	}
}
