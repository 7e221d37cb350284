package api

import (
	"context"
	"net/http"
)

// RawItem is one secret of a batch in the clear (PROTOCOL_V3 section 4). Of a
// delete the name alone counts.
type RawItem struct {
	Name    string
	NewName *string
	Value   *string
	Comment *string // nil keeps it

	TagIDs                *[]string // replaces all
	Metadata              *map[string]string
	SkipMultilineEncoding *bool
}

type rawItem struct {
	Name    string  `json:"secretKey"`
	NewName *string `json:"newSecretName,omitempty"`
	Value   *string `json:"secretValue,omitempty"`
	Comment *string `json:"secretComment,omitempty"`
	Type    string  `json:"type,omitempty"`

	TagIDs                *[]string `json:"tagIds,omitempty"`
	Metadata              *metadata `json:"secretMetadata,omitempty"`
	SkipMultilineEncoding *bool     `json:"skipMultilineEncoding,omitempty"`
}

type rawBatchBody struct {
	rawProject
	Environment string    `json:"environment"`
	SecretPath  string    `json:"secretPath"`
	Secrets     []rawItem `json:"secrets"`
}

func (b *rawBatchBody) confidential() []string {
	var texts []string
	for _, item := range b.Secrets {
		texts = append(texts, (&rawBody{Value: item.Value, Comment: item.Comment}).confidential()...)
	}
	return texts
}

// CreateRawBatch stores secrets under names that are free, all or none. A name
// twice in one call would make two rows: callers must not.
func (c *Client) CreateRawBatch(ctx context.Context, d Dialect, place Place, items []RawItem) ([]RawSecret, error) {
	return c.rawBatch(ctx, d, http.MethodPost, place, items)
}

// UpdateRawBatch changes secrets that exist, all or none. Each needs a value.
func (c *Client) UpdateRawBatch(ctx context.Context, d Dialect, place Place, items []RawItem) ([]RawSecret, error) {
	return c.rawBatch(ctx, d, http.MethodPatch, place, items)
}

// DeleteRawBatch removes secrets that exist, all or none, and all rows of each
// name.
func (c *Client) DeleteRawBatch(ctx context.Context, d Dialect, place Place, items []RawItem) ([]RawSecret, error) {
	return c.rawBatch(ctx, d, http.MethodDelete, place, items)
}

func (c *Client) rawBatch(ctx context.Context, d Dialect, method string, place Place, items []RawItem) ([]RawSecret, error) {
	var answer struct {
		Secrets  *[]wireRawSecret `json:"secrets"`
		Approval *approval        `json:"approval"`
	}
	body := &rawBatchBody{d.project(place), place.Environment, place.Path, make([]rawItem, 0, len(items))}
	for _, one := range items {
		item := rawItem{
			Name: one.Name, NewName: one.NewName, Value: one.Value, Comment: one.Comment,
			TagIDs: one.TagIDs, Metadata: wireMetadata(one.Metadata), SkipMultilineEncoding: one.SkipMultilineEncoding,
		}
		if method != http.MethodPost {
			item.Type = place.secretType()
		}
		body.Secrets = append(body.Secrets, item)
	}
	call := d.call(method, "/batch", "batch")
	call.body, call.limit = body, maxListBytes
	if err := c.do(ctx, call, &answer); err != nil {
		return nil, err
	}
	switch {
	case answer.Approval != nil && answer.Secrets == nil:
		return nil, call.approvalPending(*answer.Approval)
	case answer.Secrets == nil:
		return nil, call.malformed("the answer holds no list of secrets")
	}
	out := make([]RawSecret, 0, len(*answer.Secrets))
	for _, w := range *answer.Secrets {
		if w.id() == "" {
			return nil, call.malformed("a secret in the answer has no id")
		}
		out = append(out, w.secret())
	}
	return out, nil
}
