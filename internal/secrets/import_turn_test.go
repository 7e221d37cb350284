package secrets

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

// TestImportsThatChangeTogetherAreSortedOnce: all of a folder are deleted at
// once. The first delete moves the others up; nobody puts those back that are
// to go as well.
func TestImportsThatChangeTogetherAreSortedOnce(t *testing.T) {
	t.Parallel()
	server, err := devserver.Start(devserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	owner, err := seed.NewOwner(server, devserver.Project{})
	if err != nil {
		t.Fatal(err)
	}
	token, err := owner.ServiceToken(seed.Token{})
	if err != nil {
		t.Fatal(err)
	}
	store, err := Open(Config{Host: server.URL(), ServiceToken: token})
	if err != nil {
		t.Fatal(err)
	}
	at := Folder{owner.Project.ID, "dev", "/"}
	var all []Import
	for i := range 5 {
		source := Folder{owner.Project.ID, "prod", fmt.Sprintf("/s%d", i)}
		server.CreateFolder(owner.Project.ID, "prod", source.Path)
		made, err := store.CreateImport(t.Context(), at, source, int64(i+1))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, made)
	}

	k, first := store.importsOf(at), make(chan struct{})
	held := false
	server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if held || r.Method != http.MethodDelete {
			return nil
		}
		held = true
		close(first)
		for int(k.inside.Load()) < len(all) {
			runtime.Gosched()
		}
		return nil
	})
	remove := func(i Import) {
		if err := store.DeleteImport(t.Context(), at, i.Source, i.ID, true); err != nil {
			t.Error(err)
		}
	}
	var done sync.WaitGroup
	done.Go(func() { remove(all[0]) })
	<-first
	for _, i := range all[1:] {
		done.Go(func() { remove(i) })
	}
	done.Wait()
	for _, r := range server.Requests() {
		if strings.HasPrefix(r.Route, "PATCH") {
			t.Errorf("an import that was to go was moved: %s", r.Body)
		}
	}
	if rows, err := store.Imports(t.Context(), at); err != nil || len(rows) > 0 {
		t.Errorf("%v %v", rows, err)
	}
}
