package secrets

import (
	"errors"
	"net/http"
	"strings"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// meaning refines a refusal that the table of answers does not know, by where it
// came from and loosely by its words, which servers change from month to month.
// It chooses the sentences of an error and nothing else: what is written, retried
// or taken for gone never depends on it.
func (p *project) meaning(e *api.Error) api.Kind {
	if e.Kind != api.KindUnexpected || e.Status/100 != 4 {
		return e.Kind
	}
	words := strings.ToLower(e.Message)
	says := func(parts ...string) bool {
		for _, part := range parts {
			if !strings.Contains(words, part) {
				return false
			}
		}
		return true
	}
	switch {
	case says("service token", "expired"):
		return api.KindTokenExpired
	case says("service token", "not found"):
		return api.KindTokenRejected
	case says("member", "project"), says("not a part", "project"):
		return api.KindWrongProject
	case says("bot", "not found"), says("bot", "not active"):
		return api.KindNoBot
	case says("tag", "not found"):
		return api.KindTagNotFound
	}
	return e.Kind
}

// refusedToken is an error of the look-up of a service token, which tells it of
// nothing but itself: a refusal means the token, in whatever words.
func refusedToken(err error) error {
	var e *api.Error
	if !errors.As(err, &e) || e.Kind != api.KindUnexpected {
		return err
	}
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		e.Kind = api.KindTokenRejected
		if strings.Contains(strings.ToLower(e.Message), "expired") {
			e.Kind = api.KindTokenExpired
		}
	}
	return err
}
