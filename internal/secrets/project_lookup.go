package secrets

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// keyAccess says what a server can do with the project key in E2EE mode.
type keyAccess int

const (
	keepsNone keyAccess = iota // as far as its answers show
	canTake                    // at a write, as servers since mid-2024 do (PROTOCOL_V3 section 6)
	hasKey                     // since the project was made, as in projects of version 2 (PROTOCOL section 22)
)

// lookUp reads the project, or returns nil where the credential may not: whoever
// asks then knows nothing of its version.
//
// Cost: one request; with an API key two, on a server that shows users no list.
func (s *Store) lookUp(ctx context.Context, p *project) (*api.Workspace, error) {
	var e *api.Error
	if isAPIKey(s.credential) {
		all, err := s.client.Workspaces(ctx)
		switch {
		case err == nil:
			at := slices.IndexFunc(all, func(w api.Workspace) bool { return w.ID == p.id })
			if at < 0 {
				out := &Error{Subject: "project " + p.id, Server: "The server lists the projects of the user, and this one is not among them."}
				out.Problem, out.Why, out.Do = explainConnection(&api.Error{Kind: api.KindRefused, Hint: api.HintWrongProject}, p.access.holder)
				return nil, out
			}
			return &all[at], nil
		case errors.As(err, &e) && (e.Status/100 != 4 || e.Kind == api.KindRateLimited):
			return nil, p.translate(err, "project "+p.id, Folder{})
		}
	}
	workspace, err := s.client.Workspace(ctx, p.id)
	if err == nil {
		return &workspace, nil
	}
	if !errors.As(err, &e) {
		return nil, err
	}
	_, isIdentity := s.credential.(*machineIdentity)
	notAllowed := e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden
	switch {
	case e.Kind == api.KindRouteNotFound:
		return nil, nil
	case e.Method != http.MethodGet: // the login, which explains itself
	case e.Kind == api.KindRateLimited, e.Status == 0:
	case !isIdentity && notAllowed:
		// A token or a user was looked up before, and servers differ in what they
		// show it of its project.
		return nil, nil
	case e.Kind == api.KindTokenRejected, e.Hint == api.HintAddressRefused:
	case isIdentity && notAllowed && e.Kind == api.KindPermission:
		return nil, nil
	case isIdentity && notAllowed:
		// Of an identity this is the first that the server hears: one without any
		// role may read its project, so that a refusal means another's.
		e.Hint = api.HintWrongProject
	case e.Status/100 == 4, e.Status == http.StatusInternalServerError:
		return nil, p.noSuchProject(e)
	}
	return nil, p.translate(err, "project "+p.id, Folder{})
}

// projectID is what the ids of projects look like: a UUID, or as the database of
// 2023 makes them.
var projectID = regexp.MustCompile(`^(?i:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{24})$`)

// noSuchProject explains a look-up that failed. Servers of 2024 answer with
// status 500 if there is no project of an id, and if the id is no id at all
// (PROTOCOL section 22, PROTOCOL_V3 section 2).
func (p *project) noSuchProject(e *api.Error) error {
	out := &Error{
		Problem: ProblemWorkspace, Subject: "project " + p.id, Server: e.Error(),
		Why: fmt.Sprintf("The server does not find the project. The server asked is %s.", p.host),
		Do:  "Correct workspace_id (or INFISICAL_PROJECT_ID): it is the id of the project, which its settings show. If it is right, the server failed: run again, and look into its log.",
	}
	if e.Status == http.StatusInternalServerError {
		out.Why = fmt.Sprintf("The server failed to look up the project. Servers of 2024 answer like this when they have no project of this id. The server asked is %s.", p.host)
	}
	if !projectID.MatchString(p.id) {
		out.Why = "This is not the id of a project, which looks like 5f1efa06-83ef-4dd8-850d-24bdfbd77c03."
		out.Do = "Set workspace_id (or INFISICAL_PROJECT_ID) to the id of the project, which its settings show. Its name or its slug is not meant."
	}
	return out
}
