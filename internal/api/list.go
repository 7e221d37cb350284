package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// List is the content of one folder.
type List struct {
	Secrets []Secret
	Imports []ImportedSecrets // in the order of their positions
	// FolderMissing: the answer had the shape that the server gives for a
	// folder which does not exist (section 0, fact 2). Servers of later years
	// answer so for an environment which does not exist, too, and with imports
	// an empty folder that imports nothing has that shape as well.
	FolderMissing bool
	ETag          string // of this content; "" if the server gave none
	NotModified   bool   // it still is what the given ETag stands for; nothing else is set

	keep func(Secret) (bool, error)
	rows int // that were there, kept or not
}

// ImportedSecrets is what one import brings into a folder: the secrets of its
// source, and behind them those that the source imports. None of them tells
// its project, its path or its tags (section 8).
type ImportedSecrets struct {
	Environment string // slug of the source
	Path        string // of the source
	FolderID    string // of the source; that of a secret is another if the source imports it
	Secrets     []Secret
}

// ListSecrets reads the folder's own secrets, and with imports those that it
// imports; never those of subfolders. The server follows imports of imports
// and does not ask whether the token may read their sources (section 8). One
// import of a missing folder beside a good one is answered with KindServer.
//
// One list costs the server less than one GetSecret (section 0, fact 10). With
// the ETag of an earlier list of the same kind an unchanged one costs no bytes.
//
// keep is asked for each row as it arrives, before the next is read, whether it is
// of any use: what is not costs no memory. Its error ends the list and is
// returned as it is. Without keep all are kept.
func (c *Client) ListSecrets(ctx context.Context, place Place, imports bool, etag string, keep func(Secret) (bool, error)) (List, error) {
	query := place.query("secretPath")
	query.Set("include_imports", strconv.FormatBool(imports)) // the default differs between servers (section 21)
	query.Set("recursive", "false")
	out := List{keep: keep}
	list := call{
		method: http.MethodGet, route: "/api/v3/secrets", path: []string{"api", "v3", "secrets"},
		query: query, limit: maxListBytes, ifNoneMatch: etag, etag: &out.ETag, read: out.read,
	}
	err := c.do(ctx, list, nil)
	if errors.Is(err, errNotModified) {
		return List{NotModified: true, ETag: etag}, nil
	}
	out.keep, out.rows = nil, 0
	return out, err
}

// ListSecretsBelow reads the secrets of a folder and of all below it that the
// credential may read, without imports.
func (c *Client) ListSecretsBelow(ctx context.Context, place Place, keep func(Secret) (bool, error)) (List, error) {
	query := place.query("secretPath")
	query.Set("include_imports", "false")
	query.Set("recursive", "true")
	out := List{keep: keep}
	list := call{
		method: http.MethodGet, route: "/api/v3/secrets", path: []string{"api", "v3", "secrets"},
		query: query, limit: maxListBytes, read: out.read,
	}
	err := c.do(ctx, list, nil)
	out.keep, out.rows = nil, 0
	return out, err
}

// read takes the rows one by one: a folder can hold many thousand, and neither
// the answer's bytes nor its JSON need to be in memory as a whole.
func (l *List) read(answer io.Reader) error {
	imports, err := readList(answer, func(decoder *listDecoder) (err error) {
		l.Secrets, err = l.readSecrets(decoder)
		return err
	}, func(decoder *listDecoder) error {
		one, err := l.readImported(decoder)
		l.Imports = append(l.Imports, one)
		return err
	})
	l.FolderMissing = imports && len(l.Imports) == 0 && l.rows == 0
	return err
}

// readList takes the fields of a list from the answer by secrets and, for each
// import, imported. It tells whether there was a field of imports.
func readList(answer io.Reader, secrets, imported func(*listDecoder) error) (imports bool, err error) {
	portions := &portionReader{from: answer, left: maxAnswerBytes}
	buffered := bufio.NewReaderSize(portions, 64<<10)
	switch first, err := firstByte(buffered); {
	case errors.Is(err, io.EOF):
		return false, errEmpty
	case err != nil:
		return false, err
	case first == '<':
		return false, errHTML
	}
	decoder := &listDecoder{Decoder: json.NewDecoder(buffered), portions: portions}
	found := false
	err = eachField(decoder, func(name string) error {
		switch name {
		case "secrets":
			found = true
			return secrets(decoder)
		case "imports":
			imports = true
			return eachItem(decoder, func() error {
				if err := decoder.took(1); err != nil {
					return err
				}
				return imported(decoder)
			})
		}
		return skip(decoder)
	})
	if err == nil && !found {
		err = errors.New("the answer holds no list of secrets")
	}
	return imports, err
}

func (l *List) readSecrets(decoder *listDecoder) ([]Secret, error) {
	list := []Secret{}
	err := eachItem(decoder, func() error {
		var w wireSecret
		if err := decoder.Decode(&w); err != nil {
			return shapeError(err)
		}
		if w.id() == "" {
			return errors.New("a secret in the answer has no id")
		}
		l.rows++
		s, keep := w.secret(), true
		if l.keep != nil {
			var err error
			if keep, err = l.keep(s); err != nil {
				return &stopped{err}
			}
		}
		if keep {
			list = append(list, s)
		}
		return decoder.took(1 + len(w.Tags) + len(w.Metadata))
	})
	return list, err
}

// stopped is the error of who reads a list, not of the server.
type stopped struct{ cause error }

func (s *stopped) Error() string { return s.cause.Error() }

func (l *List) readImported(decoder *listDecoder) (one ImportedSecrets, err error) {
	err = readSource(decoder, &one.Environment, &one.Path, &one.FolderID, func() (err error) {
		one.Secrets, err = l.readSecrets(decoder)
		return err
	})
	return one, err
}

// readSource takes the fields of one import.
func readSource(decoder *listDecoder, environment, path, folderID *string, secrets func() error) error {
	err := eachField(decoder, func(name string) (err error) {
		switch name {
		case "environment":
			err = decoder.Decode((*label)(environment))
		case "secretPath":
			err = decoder.Decode((*label)(path))
		case "folderId":
			err = decoder.Decode((*label)(folderID))
		case "secrets":
			return secrets()
		default:
			return skip(decoder)
		}
		return shapeError(err)
	})
	if err == nil && (*environment == "" || *path == "") {
		err = errors.New("an import in the answer does not name its source")
	}
	return err
}

// maxListItems is how many rows, imports, tags and entries of metadata a list
// may have in all: each takes up to half a kilobyte of memory here, however
// short the server writes it. A folder of 10,000 secrets with ten tags each is
// far below.
const maxListItems = 250_000

var (
	errManyItems   = fmt.Errorf("the answer holds more than %d secrets, tags and the like, which no folder does", maxListItems)
	errLongPortion = fmt.Errorf("one row of the answer is longer than %d MiB, which no secret is", maxAnswerBytes>>20)
)

// listDecoder reads a list without believing that it ends: what one row, and
// all of them together, can take of memory has a limit.
type listDecoder struct {
	*json.Decoder
	portions *portionReader
	items    int
}

// took counts what was read.
func (d *listDecoder) took(items int) error {
	if d.items += items; d.items > maxListItems {
		return errManyItems
	}
	return nil
}

// portionReader ends with an error where a single row does not end: the decoder
// has all of a row in memory before it is looked at.
type portionReader struct {
	from io.Reader
	left int64
}

func (r *portionReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, errLongPortion
	}
	n, err := r.from.Read(p)
	r.left -= int64(n)
	return n, err
}

func skip(decoder *listDecoder) error {
	var ignored json.RawMessage
	return shapeError(decoder.Decode(&ignored))
}

// firstByte skips white space and leaves the byte unread.
func firstByte(r *bufio.Reader) (byte, error) {
	for {
		c, err := r.ReadByte()
		if err != nil {
			return 0, err
		}
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c, r.UnreadByte()
		}
	}
}

// eachField reads an object and calls read for each name, which must take the
// value from the decoder.
func eachField(decoder *listDecoder, read func(name string) error) error {
	if err := expect(decoder, '{'); err != nil {
		return err
	}
	for decoder.More() {
		decoder.portions.left = maxAnswerBytes
		token, err := decoder.Token()
		if err != nil {
			return shapeError(err)
		}
		name, ok := token.(string)
		if !ok {
			return errShape
		}
		if err := read(name); err != nil {
			return err
		}
	}
	return expect(decoder, '}')
}

// eachItem reads an array and calls read for each item, which must take it.
func eachItem(decoder *listDecoder, read func() error) error {
	if err := expect(decoder, '['); err != nil {
		return err
	}
	for decoder.More() {
		decoder.portions.left = maxAnswerBytes
		if err := read(); err != nil {
			return err
		}
	}
	return expect(decoder, ']')
}

func expect(decoder *listDecoder, want json.Delim) error {
	token, err := decoder.Token()
	if err != nil {
		return shapeError(err)
	}
	if token != want {
		return errShape
	}
	return nil
}
