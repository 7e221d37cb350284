package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// Servers of 2023 (PROTOCOL_2023) spoke otherwise than later ones, and most of
// that year without words: an error's body is an empty object until October 11,
// and has a type and no message until November 26.

// isOf2023 notes that the server is one of 2023, by an answer about the
// credential: what its database calls `_id` later ones call `id` too.
func (c *Client) isOf2023(id string) bool {
	of := id == ""
	c.of2023.Store(of)
	return of
}

// KnowsNames tells whether a server of 2023 is of October 12 or later, by how it
// refuses to tell of a project. Those rename secrets, change comments, take
// batches, and serve folders and imports to service tokens by name. The refusal
// is the one answer of theirs that tells it and needs no rights.
func (c *Client) KnowsNames(ctx context.Context, workspaceID string) (bool, error) {
	_, err := c.Workspace(ctx, workspaceID)
	var e *Error
	switch {
	case err == nil:
		return true, nil
	case errors.As(err, &e) && e.Status/100 == 4 && e.Kind != KindRateLimited && e.Kind != KindMalformed:
		return e.labelled, nil
	}
	return false, err
}

// onRoute is what a refusal means where it is asked of one credential or one name:
// on servers of 2023 nothing but status and route tells. Where several things are
// answered alike, the caller has to look.
func onRoute(call call, status int, label string) (Kind, bool) {
	of2023 := call.of2023 || label == "unauthorized"
	switch {
	case call.route == serviceTokenRoute && label != "Not Found" && (status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusNotFound),
		call.route == userKeyRoute && (label == "" || strings.HasSuffix(label, "_not_found_error") || label == "unauthorized") && (status == http.StatusUnauthorized || status == http.StatusNotFound):
		return KindTokenRejected, true
	case of2023 && status == http.StatusUnauthorized:
		return KindUnexplained, true
	}
	return 0, false
}

// The routes whose refusals are read with care.
const (
	serviceTokenRoute = "/api/v2/service-token"
	workspaceRoute    = "/api/v1/workspace/:id"
	userKeyRoute      = "/api/v2/workspace/:id/encrypted-key"
)

// exceptionOf is the text of an exception, which was in a body before messages
// were, and whether it is a list of what is wrong with the request.
func exceptionOf(context json.RawMessage) (text string, invalid bool) {
	var of struct {
		Exception string `json:"exception"`
	}
	if json.Unmarshal(context, &of) != nil {
		return "", false
	}
	if strings.HasPrefix(of.Exception, "[") {
		if issues := messageOf(json.RawMessage(of.Exception)); issues != "" {
			return issues, true
		}
	}
	return of.Exception, false
}

// explain asks whether the server still takes the credential, which a refusal
// without words does not tell.
func (c *Client) explain(ctx context.Context, proof *proof, refused *Error) *Error {
	look := call{method: http.MethodGet, route: serviceTokenRoute, path: []string{"api", "v2", "service-token"}}
	if proof.header != "Authorization" {
		look.route, look.path = "/api/v2/users/me", []string{"api", "v2", "users", "me"}
	}
	var ignored any
	err := c.attempt(ctx, look, proof, &ignored)
	var e *Error
	if errors.As(err, &e) && (e.Status == http.StatusUnauthorized || e.Status == http.StatusNotFound) {
		refused.Kind = KindTokenRejected
	}
	return refused
}
