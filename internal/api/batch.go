package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
)

// A batch is all or nothing (section 5): one bad item, and nothing is done. The
// refusal does not say which item it was. Answers come in any order and leave
// out where the secrets are.

// BatchCreate is one item of CreateSecrets.
type BatchCreate struct {
	Name string // in the clear
	NewSecret
}

// BatchUpdate is one item of UpdateSecrets. The sealed name goes along with
// every update here, as the value does; a rename, a reminder and metadata
// cannot (section 5).
type BatchUpdate struct {
	Name                  string
	Key, Value            Field
	Comment               *Field
	TagIDs                *[]string
	SkipMultilineEncoding *bool
}

// batchItem is the wire form of an item of any batch.
type batchItem struct {
	Name string `json:"secretName"`
	Type string `json:"type,omitempty"` // taken on create in 2023 alone, and needed there
	sealedFields
}

type batchBody struct {
	WorkspaceID string      `json:"workspaceId"`
	Environment string      `json:"environment"`
	SecretPath  string      `json:"secretPath"`
	Secrets     []batchItem `json:"secrets"`
}

// CreateSecrets stores secrets under names that are free. A name twice in one
// call would make two rows: callers must not. The secrets begin at version 0.
func (c *Client) CreateSecrets(ctx context.Context, place Place, creates []BatchCreate) ([]Secret, error) {
	items := make([]batchItem, 0, len(creates))
	for _, create := range creates {
		item := batchItem{Name: create.Name, sealedFields: create.fields()}
		if c.of2023.Load() {
			item.Type = place.secretType()
		}
		items = append(items, item)
	}
	return c.batch(ctx, http.MethodPost, place, items)
}

// UpdateSecrets changes secrets that exist. A server of 2023 does not answer
// with them: then the list is empty.
func (c *Client) UpdateSecrets(ctx context.Context, place Place, updates []BatchUpdate) ([]Secret, error) {
	items := make([]batchItem, 0, len(updates))
	for _, update := range updates {
		change := SecretChange{
			Value: update.Value, Comment: update.Comment, TagIDs: update.TagIDs, SkipMultilineEncoding: update.SkipMultilineEncoding,
		}
		item := batchItem{Name: update.Name, Type: place.secretType(), sealedFields: change.fields()}
		item.KeyCiphertext, item.KeyIV, item.KeyTag = update.Key.texts()
		items = append(items, item)
	}
	return c.batch(ctx, http.MethodPatch, place, items)
}

// DeleteSecrets removes secrets that exist, all rows of each name. A server of
// 2023 answers with ids alone, and leaves out what was not there.
func (c *Client) DeleteSecrets(ctx context.Context, place Place, names []string) ([]Secret, error) {
	items := make([]batchItem, 0, len(names))
	for _, name := range names {
		items = append(items, batchItem{Name: name, Type: place.secretType()})
	}
	return c.batch(ctx, http.MethodDelete, place, items)
}

func (c *Client) batch(ctx context.Context, method string, place Place, items []batchItem) ([]Secret, error) {
	var answer struct {
		Secrets  json.RawMessage `json:"secrets"`
		Approval *approval       `json:"approval"`
	}
	call := call{
		method: method, route: "/api/v3/secrets/batch", path: []string{"api", "v3", "secrets", "batch"},
		body: batchBody{place.WorkspaceID, place.Environment, place.Path, items}, limit: maxListBytes,
	}
	if err := c.do(ctx, call, &answer); err != nil {
		return nil, err
	}
	switch {
	case answer.Approval != nil && answer.Secrets == nil:
		return nil, call.approvalPending(*answer.Approval)
	case answer.Secrets == nil && c.of2023.Load() && method == http.MethodPatch:
		return nil, nil
	}
	secrets := answer.Secrets
	if c.of2023.Load() && method == http.MethodDelete {
		var inside struct {
			Secrets json.RawMessage `json:"secrets"`
		}
		if err := decode(secrets, &inside); err == nil {
			secrets = inside.Secrets
		}
	}
	var list *[]wireSecret
	if err := decode(secrets, &list); err != nil || list == nil {
		return nil, call.malformed("the answer holds no list of secrets")
	}
	out := make([]Secret, 0, len(*list))
	for _, w := range *list {
		if w.id() == "" {
			return nil, call.malformed("a secret in the answer has no id")
		}
		out = append(out, w.secret())
	}
	return out, nil
}

func (c call) approvalPending(a approval) *Error {
	cause := errors.New("the change waits for approval, nothing was written")
	if approvalID.MatchString(a.ID) {
		cause = fmt.Errorf("the change waits for approval as request %s, nothing was written", a.ID)
	}
	return &Error{
		Kind: KindApprovalPending, Method: c.method, Route: c.route, Status: http.StatusOK,
		cause: cause, sent: true, harmless: c.harmless,
	}
}

// approval is the request that an answer has in the place of what was written.
type approval struct{ ID string }

// UnmarshalJSON takes any shape: that it is there is what counts.
func (a *approval) UnmarshalJSON(raw []byte) error {
	var told struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(raw, &told) == nil {
		a.ID = told.ID
	}
	return nil
}

// approvalID is what the id of a request looks like. Any other text is not
// repeated: it could be what was sent.
var approvalID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
