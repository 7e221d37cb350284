package secrets

import (
	"context"
	"errors"
	"sync"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// dialect is which raw endpoints a server is spoken to by, once that is known.
// The zero value speaks v3 and asks nothing.
type dialect struct {
	first sync.Once

	mu      sync.Mutex
	unknown bool // until a list has told
	is      api.Dialect
	probed  bool // it was found out, and not supposed
	// What a row of a list has shown of the server.
	rows, tellsMetadata, tellsOthers bool
}

// note learns from a row of a list.
func (d *dialect) note(s api.RawSecret) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rows, d.tellsMetadata, d.tellsOthers = true, d.tellsMetadata || s.Metadata != nil, d.tellsOthers || s.Told
}

// isLater tells whether the server is known to be of 2025 or later.
func (d *dialect) isLater() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.is == api.RawV4 || d.tellsMetadata
}

// isAddressOfV4 tells whether /api/v4/secrets has an address of that name, beside
// those that all servers have.
func isAddressOfV4(name string) bool {
	return name == "duplicate" || name == "backfill-secret-references"
}

// lacks are the details that the server is known not to keep. None of before 2025
// keeps metadata: where v3 was found out to be all that there is, one that has not
// shown any is taken for such a server.
func (d *dialect) lacks() Parts {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.unknown || d.is == api.RawV4 {
		return Parts{}
	}
	others := d.rows && !d.tellsOthers
	return Parts{Metadata: !d.tellsMetadata && (d.rows || d.probed), Tags: others, Reminder: others, SkipMultilineEncoding: others}
}

// keepRaw decides of each row of a list, see [api.Client.ListSecrets].
type keepRaw = func(api.RawSecret) (bool, error)

// list is [api.Client.ListRaw]. The first of a process goes to v4; who comes
// meanwhile waits for what it tells. A server without v4 costs that one request,
// which has no effect there, and one with v4 none.
//
// What was found out stays. A server that has answered at v4 and then says that
// it has no such address is an error, as when a proxy or a mixed cluster stands
// there: with whom a run began, it ends.
func (d *dialect) list(ctx context.Context, client *api.Client, at api.Place, imports bool, etag string, keep keepRaw) (list api.RawList, err error) {
	asked := false
	find := func() {
		if asked = d.isUnknown(); asked {
			list, err = d.find(ctx, client, at, imports, etag, keep)
		}
	}
	d.first.Do(find)
	if !asked {
		find() // the first failed and told nothing: from there on each asks by itself
	}
	if asked {
		return list, err
	}
	return client.ListRaw(ctx, d.known(), at, imports, etag, keep)
}

func (d *dialect) find(ctx context.Context, client *api.Client, at api.Place, imports bool, etag string, keep keepRaw) (api.RawList, error) {
	list, err := client.ListRaw(ctx, api.RawV4, at, imports, etag, keep)
	noRoute := api.KindOf(err) == api.KindRouteNotFound
	switch {
	case isAnswer(err):
		d.found(api.RawV4)
	case noRoute, isNoneOfInfisical(err):
		// Servers with their web application in one (until the end of 2024) have
		// its page for what they do not know, and a proxy may have one of its own.
		// Which it was, the older endpoints tell.
		older, olderErr := client.ListRaw(ctx, api.RawV3, at, imports, etag, keep)
		if noRoute || isAnswer(olderErr) {
			d.found(api.RawV3)
			return older, olderErr
		}
	}
	return list, err
}

// isAnswer: the server has the endpoint, whatever it says of the folder. A
// credential may be refused before the endpoint is looked for.
func isAnswer(err error) bool {
	var e *api.Error
	return err == nil || errors.As(err, &e) && e.IsNative() && (e.Kind == api.KindPermission || e.IsRefusal())
}

// isNoneOfInfisical: a page, or a refusal that has not the shape of that server's.
func isNoneOfInfisical(err error) bool {
	var e *api.Error
	return errors.As(err, &e) && !e.IsNative() && (e.Kind == api.KindMalformed || e.Kind == api.KindTokenRejected || e.IsRefusal()) && e.Status/100 == 4
}

func (d *dialect) isUnknown() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.unknown
}

// found keeps the first thing that was found out.
func (d *dialect) found(is api.Dialect) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.unknown {
		d.unknown, d.probed, d.is = false, true, is
	}
}

// known is for writes, too, which come after a list of their folder.
func (d *dialect) known() api.Dialect {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.is
}
