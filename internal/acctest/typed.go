package acctest

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"golang.org/x/text/unicode/norm"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/provider"
)

// typed are the texts that configurations and import ids have given to the
// providers of this process, by the host that they talk to. In E2EE mode a name
// may be sent only if it is one of them: whatever else the provider knows of
// names came out of a sealed field, into which a server can put any value.
var typed = struct {
	sync.Mutex
	byHost map[string]*texts
}{byHost: map[string]*texts{}}

type texts struct {
	all  map[string]bool // in normal form C, in which names are matched
	seen map[string]bool // configurations that were looked through
}

func typedFor(host string) *texts {
	host = strings.TrimSuffix(strings.TrimSuffix(host, "/"), "/api")
	t := typed.byHost[host]
	if t == nil {
		t = &texts{map[string]bool{}, map[string]bool{}}
		typed.byHost[host] = t
	}
	return t
}

// forgetTyped starts over for a host: the port of a server that was closed may be
// given to the next one.
func forgetTyped(host string) {
	typed.Lock()
	defer typed.Unlock()
	delete(typed.byHost, host)
}

func (t *texts) add(text string) { t.all[norm.NFC.String(text)] = true }

// witness is a provider that notes what it is given.
type witness struct {
	provider.Server
	host string
}

func newWitness() (tfprotov6.ProviderServer, error) {
	return &witness{Server: provider.NewServer(provider.New("test")(), false)}, nil
}

func (w *witness) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	w.host = os.Getenv("INFISICAL_HOST")
	if req.Config != nil {
		for _, text := range packed(req.Config.MsgPack) {
			if strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://") {
				w.host = text
				break
			}
		}
	}
	return w.Server.ConfigureProvider(ctx, req)
}

func (w *witness) note(config *tfprotov6.DynamicValue, more ...string) {
	typed.Lock()
	defer typed.Unlock()
	t := typedFor(w.host)
	for _, text := range more {
		t.add(text)
	}
	if config == nil || t.seen[string(config.MsgPack)] {
		return
	}
	t.seen[string(config.MsgPack)] = true
	for _, text := range packed(config.MsgPack) {
		t.add(text)
	}
}

func (w *witness) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	w.note(req.Config)
	return w.Server.PlanResourceChange(ctx, req)
}

func (w *witness) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	w.note(req.Config)
	return w.Server.ApplyResourceChange(ctx, req)
}

func (w *witness) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	w.note(req.Config)
	return w.Server.ReadDataSource(ctx, req)
}

func (w *witness) OpenEphemeralResource(ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	w.note(req.Config)
	return w.Server.OpenEphemeralResource(ctx, req)
}

func (w *witness) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	for rest, more := req.ID, true; more; _, rest, more = strings.Cut(rest, ":") {
		w.note(nil, rest)
	}
	if req.Identity != nil {
		w.note(req.Identity.IdentityData)
	}
	return w.Server.ImportResourceState(ctx, req)
}

// UpgradeResourceState and MoveResourceState: the official provider's states are
// the user's word. One's own are not, since a refresh may have put names there.
func (w *witness) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	if req.Version == 0 {
		w.noteState(req.RawState)
	}
	return w.Server.UpgradeResourceState(ctx, req)
}

func (w *witness) MoveResourceState(ctx context.Context, req *tfprotov6.MoveResourceStateRequest) (*tfprotov6.MoveResourceStateResponse, error) {
	w.noteState(req.SourceState)
	return w.Server.MoveResourceState(ctx, req)
}

func (w *witness) noteState(state *tfprotov6.RawState) {
	var one struct{ Name string }
	if state != nil && json.Unmarshal(state.JSON, &one) == nil {
		w.note(nil, one.Name)
	}
}

// packed are all texts of a MessagePack value, those of keys included. Elements
// follow their container's header, so that headers are stepped over alone.
func packed(raw []byte) []string {
	var out []string
	size := func(at, bytes int) int {
		var full [8]byte
		copy(full[8-bytes:], raw[at:at+bytes])
		return int(binary.BigEndian.Uint64(full[:]))
	}
	for i := 0; i < len(raw); {
		text := -1
		switch c := raw[i]; {
		case c >= 0xa0 && c <= 0xbf:
			text, i = int(c&0x1f), i+1
		case c >= 0xd9 && c <= 0xdb:
			width := 1 << (c - 0xd9)
			text, i = size(i+1, width), i+1+width
		case c >= 0xc4 && c <= 0xc6: // bytes
			width := 1 << (c - 0xc4)
			i += 1 + width + size(i+1, width)
		case c >= 0xc7 && c <= 0xc9: // unknown values, with what is known of them
			width := 1 << (c - 0xc7)
			i += 2 + width + size(i+1, width)
		case c >= 0xd4 && c <= 0xd8:
			i += 2 + 1<<(c-0xd4)
		case c >= 0xcc && c <= 0xcf:
			i += 1 + 1<<(c-0xcc)
		case c >= 0xd0 && c <= 0xd3:
			i += 1 + 1<<(c-0xd0)
		case c == 0xca, c == 0xdd, c == 0xdf:
			i += 5
		case c == 0xcb:
			i += 9
		case c == 0xdc, c == 0xde:
			i += 3
		default:
			i++
		}
		if text >= 0 {
			out = append(out, string(raw[i:i+text]))
			i += text
		}
	}
	return out
}

// probeName is asked for to see whether a folder is there, where an empty list does
// not tell.
const probeName = "terraform-provider-infisical"

// checkNames fails the test if the provider has sent a name that no
// configuration and no import id held. Requests of a provider with a process of
// its own are not looked at: nobody sees what it is given.
func (e *Env) checkNames() {
	e.T.Helper()
	typed.Lock()
	defer typed.Unlock()
	known := typedFor(e.Server.URL())
	if len(known.all) == 0 || e.unwitnessed {
		return
	}
	for _, r := range e.Server.Requests() {
		if isRaw(r.Path) || r.Header.Get("User-Agent") == OtherAgent {
			continue
		}
		for _, name := range namesIn(r.Path, r.Body) {
			if !known.all[norm.NFC.String(name)] && name != probeName {
				e.T.Errorf("%s: a name was sent that no configuration, and no import id, holds", r.Route)
			}
		}
	}
}

// namesIn are the names of secrets in a request.
func namesIn(path string, body []byte) []string {
	rest, ok := strings.CutPrefix(path, "/api/v3/secrets/")
	if !ok {
		return nil
	}
	var names []string
	if rest != "batch" {
		if name, err := url.PathUnescape(rest); err == nil {
			names = append(names, name)
		}
	}
	type named struct{ SecretName *string }
	var sent struct {
		named
		Secrets []named
	}
	if json.Unmarshal(body, &sent) == nil {
		for _, one := range append(sent.Secrets, sent.named) {
			if one.SecretName != nil {
				names = append(names, *one.SecretName)
			}
		}
	}
	return names
}
