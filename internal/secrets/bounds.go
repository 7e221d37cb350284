package secrets

import (
	"fmt"
	"sync"
)

// Bounds of what a server can make one Store hold and ask for, whatever it
// answers. They are far above what a project has, since Terraform itself works
// with a few thousand objects at most.
const (
	maxFolders     = 20_000   // that lists of folders name, all together
	maxFolderDepth = 50       // of a folder below the root; servers go down 20
	maxRows        = 25_000   // secrets held, of all folders and imports together
	maxHeldBytes   = 64 << 20 // of their texts
	maxSources     = 500      // folders that imports and references lead to
	// maxExplained is how many requests may go into finding out why lists fail.
	maxExplained = 300
	// maxUnnamed is how many rows without a name a folder's list keeps, to report
	// them. Of more only the number is kept.
	maxUnnamed = 100
)

// bounds counts what a Store holds.
type bounds struct {
	mu      sync.Mutex
	folders map[Folder]int    // that a folder holds, by the folder
	held    map[Folder]amount // what the last list of a folder brought
	sources map[Folder]bool
	asked   int // requests to explain failures

	allFolders int
	all        amount
}

type amount struct{ rows, bytes int }

func newBounds() *bounds {
	return &bounds{folders: map[Folder]int{}, held: map[Folder]amount{}, sources: map[Folder]bool{}}
}

// listed notes how many folders a list of f has named.
func (b *bounds) listed(f Folder, folders int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.allFolders - b.folders[f] + folders
	if all > maxFolders {
		return beyond(f, fmt.Sprintf("The server lists more than %d folders in what was read so far, and a run looks at no more.", maxFolders),
			"Read folders without recursive, or a folder with less below it.")
	}
	b.folders[f], b.allFolders = folders, all
	return nil
}

// leads notes that an import or a reference leads to a folder.
func (b *bounds) leads(f Folder) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sources[f] {
		return nil
	}
	if len(b.sources) == maxSources {
		return beyond(f, fmt.Sprintf("Imports and references lead to more than %d folders, and a run follows no more.", maxSources),
			"Read without include_imports and expand_references, or read less at once.")
	}
	b.sources[f] = true
	return nil
}

// explains tells whether so many more requests may look for the cause of a failure.
func (b *bounds) explains(requests int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked += requests
	return b.asked <= maxExplained
}

// intake is what one list of a folder, with all that it imports, brings. It
// takes the place of what the list before it brought.
type intake struct {
	bounds  *bounds
	folder  Folder
	left    amount
	brought amount
	unnamed int // rows without a name, kept or not
}

func (b *bounds) read(f Folder) *intake {
	b.mu.Lock()
	defer b.mu.Unlock()
	return &intake{bounds: b, folder: f, left: amount{maxRows - b.all.rows + b.held[f].rows, maxHeldBytes - b.all.bytes + b.held[f].bytes}}
}

// unnamedRow counts a row that has no name, and tells whether it is kept.
func (r *intake) unnamedRow() bool {
	r.unnamed++
	return r.unnamed <= maxUnnamed
}

// moreUnnamed is a row that stands for those that were not kept, or none.
func (r *intake) moreUnnamed() []row {
	if r.unnamed <= maxUnnamed {
		return nil
	}
	return []row{{id: "unnamed", flaw: notAuthentic(r.folder.String(), fmt.Sprintf("%d more of its rows have no name that could be shown.", r.unnamed-maxUnnamed))}}
}

// take is asked for each row before it is kept.
func (r *intake) take(bytes int) error {
	r.brought.rows++
	r.brought.bytes += bytes
	return r.check()
}

func (r *intake) check() error {
	switch {
	case r.brought.rows > r.left.rows:
		return beyond(r.folder, fmt.Sprintf("With it the server shows more than %d secrets in what was read so far, and a run holds no more.", maxRows),
			"Read fewer folders in one run, or without recursive and include_imports.")
	case r.brought.bytes > r.left.bytes:
		return beyond(r.folder, fmt.Sprintf("With it the secrets that were read so far are longer than %d MiB, and a run holds no more.", maxHeldBytes>>20),
			"Read fewer folders in one run, or without recursive and include_imports.")
	}
	return nil
}

// done notes what was brought. Other lists may have ended meanwhile.
func (r *intake) done() error {
	b := r.bounds
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.held[r.folder]
	r.left = amount{maxRows - b.all.rows + before.rows, maxHeldBytes - b.all.bytes + before.bytes}
	if err := r.check(); err != nil {
		return err
	}
	b.all.rows += r.brought.rows - before.rows
	b.all.bytes += r.brought.bytes - before.bytes
	b.held[r.folder] = r.brought
	return nil
}

// beyond is the error of a bound. Real projects stay below it.
func beyond(f Folder, why, do string) *Error {
	return &Error{
		Problem: ProblemTooLarge, Subject: f.String(), Why: why,
		Do: do + " If the project does not hold that much, treat the server as untrustworthy until you know why.",
	}
}

// depth is how many folders there are from the root to f.
func (f Folder) depth() int {
	depth := 0
	for i := 1; i < len(f.Path); i++ {
		if f.Path[i] == '/' || i == 1 {
			depth++
		}
	}
	return depth
}

// tooDeepFolder refuses to go further down.
func tooDeepFolder(f Folder) error {
	if f.depth() <= maxFolderDepth {
		return nil
	}
	parent, _ := f.Split()
	return beyond(parent, fmt.Sprintf("It is %d folders deep and holds others, and a run goes no deeper.", maxFolderDepth), "Read folders without recursive.")
}
