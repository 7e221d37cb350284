package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
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
func (c *Client) ListSecrets(ctx context.Context, place Place, imports bool, etag string) (List, error) {
	query := place.query("secretPath")
	query.Set("include_imports", strconv.FormatBool(imports)) // the default differs between servers (section 21)
	query.Set("recursive", "false")
	var out List
	list := call{
		method: http.MethodGet, route: "/api/v3/secrets", path: []string{"api", "v3", "secrets"},
		query: query, limit: maxListBytes, ifNoneMatch: etag, etag: &out.ETag, read: out.read,
	}
	err := c.do(ctx, list, nil)
	if errors.Is(err, errNotModified) {
		return List{NotModified: true, ETag: etag}, nil
	}
	return out, err
}

// read takes the rows one by one: a folder can hold many thousand, and neither
// the answer's bytes nor its JSON need to be in memory as a whole.
func (l *List) read(answer io.Reader) error {
	l.Secrets = []Secret{}
	buffered := bufio.NewReaderSize(answer, 64<<10)
	switch first, err := firstByte(buffered); {
	case errors.Is(err, io.EOF):
		return errEmpty
	case err != nil:
		return err
	case first == '<':
		return errHTML
	}
	decoder := json.NewDecoder(buffered)
	found, imports := false, false
	err := eachField(decoder, func(name string) (err error) {
		switch name {
		case "secrets":
			found = true
			l.Secrets, err = readSecrets(decoder)
			return err
		case "imports":
			imports = true
			return eachItem(decoder, func() error {
				one, err := readImported(decoder)
				l.Imports = append(l.Imports, one)
				return err
			})
		}
		return skip(decoder)
	})
	if err == nil && !found {
		err = errors.New("the answer holds no list of secrets")
	}
	l.FolderMissing = imports && len(l.Imports) == 0 && len(l.Secrets) == 0
	return err
}

func readSecrets(decoder *json.Decoder) ([]Secret, error) {
	list := []Secret{}
	err := eachItem(decoder, func() error {
		var w wireSecret
		if err := decoder.Decode(&w); err != nil {
			return shapeError(err)
		}
		if w.id() == "" {
			return errors.New("a secret in the answer has no id")
		}
		list = append(list, w.secret())
		return nil
	})
	return list, err
}

func readImported(decoder *json.Decoder) (one ImportedSecrets, err error) {
	err = eachField(decoder, func(name string) (err error) {
		switch name {
		case "environment":
			err = decoder.Decode(&one.Environment)
		case "secretPath":
			err = decoder.Decode(&one.Path)
		case "folderId":
			err = decoder.Decode(&one.FolderID)
		case "secrets":
			one.Secrets, err = readSecrets(decoder)
			return err
		default:
			return skip(decoder)
		}
		return shapeError(err)
	})
	if err == nil && (one.Environment == "" || one.Path == "") {
		err = errors.New("an import in the answer does not name its source")
	}
	return one, err
}

func skip(decoder *json.Decoder) error {
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
func eachField(decoder *json.Decoder, read func(name string) error) error {
	if err := expect(decoder, '{'); err != nil {
		return err
	}
	for decoder.More() {
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
func eachItem(decoder *json.Decoder, read func() error) error {
	if err := expect(decoder, '['); err != nil {
		return err
	}
	for decoder.More() {
		if err := read(); err != nil {
			return err
		}
	}
	return expect(decoder, ']')
}

func expect(decoder *json.Decoder, want json.Delim) error {
	token, err := decoder.Token()
	if err != nil {
		return shapeError(err)
	}
	if token != want {
		return errShape
	}
	return nil
}
