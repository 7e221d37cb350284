package devserver

import (
	"encoding/json"
	"strings"
	"time"
)

// state is the database. Server.mu guards all of it.
type state struct {
	era      Era
	projects map[string]*project
	tokens   map[string]*token
	users    map[string]*user
	apiKeys  map[string]*APIKey
	// Machine identities by client id, and what they got when they logged in.
	identities   map[string]*identity
	accessTokens map[string]*accessToken
	signingKey   []byte // of access tokens
	owner        owner
}

// owner is who made the projects and tokens.
type owner struct {
	id, organization string
	createdAt        time.Time
}

type project struct {
	Project
	createdAt, updatedAt time.Time
	environments         []*environment
	bot                  *bot   // nil until the server gets the project key
	known                []byte // the project key, if a member's private key is known
	kms                  *bot   // the server's own key, of version 3
	members              map[string]*Member
	policies             map[string]*policy // by environment
	capitals             bool               // see SetRules
	rules                []ValidationRule
}

type environment struct {
	Environment
	era  Era
	root *folder
	// folders: there was ever one, in 2023 (see mongo_folders.go).
	folders bool
}

type folder struct {
	id, name             string
	version              int
	createdAt, updatedAt time.Time
	environment          *environment
	parent               *folder // nil for the root
	children             []*folder
	imports              []*secretImport // in order of position
	e2ee, v3             map[string]*row // the two tables, by id; see table

	description *string // since 2026
	mongoID     string  // in 2023
	*importDocument
}

// row is a stored secret. Its place is where the folder is, so a renamed folder
// takes its rows along.
type row struct {
	Record
	folder *folder
	seq    int64 // its place in the table; see writes
	// skipUnset: skipMultilineEncoding was sent as null, and is kept so (2026).
	skipUnset bool
	// oldest is what `?version=` answers, whatever version is asked for
	// (PROTOCOL section 4).
	oldest *row
}

type secretImport struct {
	id                   string
	environment          *environment // the source
	path                 string       // the source; may not exist
	position             int
	createdAt, updatedAt time.Time
}

func newState(era Era) state {
	return state{
		era:          era,
		projects:     map[string]*project{},
		tokens:       map[string]*token{},
		users:        map[string]*user{},
		apiKeys:      map[string]*APIKey{},
		identities:   map[string]*identity{},
		accessTokens: map[string]*accessToken{},
		signingKey:   []byte(newTokenSecret()),
		owner:        owner{id: era.newID(), organization: era.newID(), createdAt: now()},
	}
}

// now has the precision of the server's answers.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// stamp is a time as the server writes it: UTC, milliseconds, a Z.
type stamp time.Time

func (t stamp) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Time(t).UTC().Format("2006-01-02T15:04:05.000Z"))
}

func (p *project) environment(slug string) *environment {
	for _, e := range p.environments {
		if e.Slug == slug {
			return e
		}
	}
	return nil
}

// folder finds a folder by its path; nil when the environment or the folder
// does not exist. A segment no folder can have is an error of the server (500).
func (p *project) folder(environment, path string) (*folder, error) {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for _, segment := range segments {
		if segment != "" && !validFolderName(segment) {
			return nil, database("Find by secret path")
		}
	}
	e := p.environment(environment)
	if e == nil {
		return nil, nil
	}
	if path == "/" {
		return e.root, nil
	}
	f := e.root
	for _, segment := range segments {
		// A folder with an empty name can exist, but no path reaches it.
		if f = f.child(segment); f == nil || segment == "" {
			return nil, nil
		}
	}
	return f, nil
}

func validFolderName(name string) bool {
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == "" && name != ""
}

func newFolder(e *environment, parent *folder, name string) *folder {
	t := now()
	id, mongoID := e.era.newFolderID(parent == nil)
	f := &folder{
		id: id, mongoID: mongoID, name: name, version: 1, createdAt: t, updatedAt: t,
		environment: e, parent: parent, e2ee: map[string]*row{}, v3: map[string]*row{},
	}
	if parent != nil {
		parent.children = append(parent.children, f)
		e.folders = true
	}
	return f
}

func (f *folder) child(name string) *folder {
	for _, c := range f.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

func (f *folder) path() string {
	if f.parent == nil {
		return "/"
	}
	return strings.TrimSuffix(f.parent.path(), "/") + "/" + f.name
}

// tree is the folder and all below it.
func (f *folder) tree() []*folder {
	out := []*folder{f}
	for _, c := range f.children {
		out = append(out, c.tree()...)
	}
	return out
}
