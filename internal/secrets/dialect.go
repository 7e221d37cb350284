package secrets

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// dialect is which raw endpoints a server is spoken to by, once that is known.
// The zero value speaks v3 and asks nothing.
type dialect struct {
	unknown bool // until a list has told; guarded by mu

	mu sync.Mutex
	is api.Dialect
}

// list is [api.Client.ListRaw]. The first of a process goes to v4; who comes
// meanwhile waits for what it tells. A server without v4 costs that one request,
// which has no effect there, and one with v4 none.
//
// What was found out stays. A server that has answered at v4 and then says that
// it has no such address is an error, as when a proxy or a mixed cluster stands
// there: with whom a run began, it ends.
func (d *dialect) list(ctx context.Context, client *api.Client, at api.Place, imports bool, etag string) (api.RawList, error) {
	is, list, err := d.first(ctx, client, at, imports, etag)
	if list != nil {
		return *list, err
	}
	return client.ListRaw(ctx, is, at, imports, etag)
}

// first is the list that finds out; nil for whoever comes later.
func (d *dialect) first(ctx context.Context, client *api.Client, at api.Place, imports bool, etag string) (api.Dialect, *api.RawList, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.unknown {
		return d.is, nil, nil
	}
	list, err := client.ListRaw(ctx, api.RawV4, at, imports, etag)
	switch kind := api.KindOf(err); {
	case err == nil, kind == api.KindPermission, kind == api.KindFolderNotFound, kind == api.KindEnvironmentNotFound:
		d.unknown, d.is = false, api.RawV4
	case kind == api.KindRouteNotFound:
		d.unknown, d.is = false, api.RawV3
		return d.is, nil, nil
	case noAnswerOfInfisical(err):
		// Servers with their web application in one (until the end of 2024) have
		// its page for what they do not know, and a proxy may have one of its own.
		// Which it was, the older endpoints tell.
		older, olderErr := client.ListRaw(ctx, api.RawV3, at, imports, etag)
		if olderErr == nil {
			d.unknown, d.is = false, api.RawV3
			return d.is, &older, nil
		}
	}
	return d.is, &list, err
}

// noAnswerOfInfisical: a page, or a "not found" in no words of that server's.
func noAnswerOfInfisical(err error) bool {
	var e *api.Error
	return errors.As(err, &e) && (e.Kind == api.KindMalformed || e.Kind == api.KindUnexpected) && e.Status == http.StatusNotFound
}

// known is for writes, which look at their folder first, so that it is known by
// then; if not, it is found out by a list.
func (d *dialect) known(ctx context.Context, client *api.Client, at api.Place) (api.Dialect, error) {
	is, list, err := d.first(ctx, client, at, false, "")
	if list == nil {
		return is, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.unknown {
		return d.is, err
	}
	return d.is, nil
}
