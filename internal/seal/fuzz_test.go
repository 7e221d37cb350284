package seal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// wholeForm is the form of an envelope in another notation than the parser's,
// less the length.
var wholeForm = regexp.MustCompile(`^sealed1\.[A-Za-z0-9_-]{8}\.[A-Za-z0-9_-]+$`)

// FuzzOpenEnvelope opens what nobody sealed: the text as it is, and as the
// payload of an envelope that names a key of the ring.
func FuzzOpenEnvelope(f *testing.F) {
	ring := mustRing(f, keyText, otherKeyText)
	good := map[string]bool{}
	for _, v := range readVectors(f) {
		good[v.Envelope] = true
		f.Add(v.Envelope)
		payload, _ := decode(v.Envelope[17:])
		f.Add(string(payload))
	}
	for _, seed := range []string{"", "sealed1", "sealed1.PrYwf89m.", "sealed2.PrYwf89m.AAAA", "sealed1.AAAAAAAA." + strings.Repeat("A", 166), "hunter2"} {
		f.Add(seed)
	}
	place := readVectors(f)[0].place()
	f.Fuzz(func(t *testing.T, text string) {
		for _, envelope := range []string{text, "sealed1.PrYwf89m." + base64.RawURLEncoding.EncodeToString([]byte(text))} {
			value, generation, keyID, err := ring.Open(place, envelope)
			if good[envelope] {
				continue // a vector, of this place or of another one
			}
			if err == nil {
				t.Fatal("what nobody sealed opens")
			}
			if value != nil || generation != 0 || keyID != "" {
				t.Fatal("something was returned with the error")
			}
			if !slices.ContainsFunc(envelopeErrors, func(known error) bool { return err.Error() == known.Error() }) {
				t.Fatalf("an error of another kind: %v", err)
			}
			if IsEnvelope(envelope) == errors.Is(err, ErrNoEnvelope) {
				t.Fatalf("passes for an envelope: %t; %v", IsEnvelope(envelope), err)
			}
			named, namedErr := KeyID(envelope)
			if isWhole := namedErr == nil; isWhole != (named != "") || isWhole && !wholeForm.MatchString(envelope) {
				t.Fatalf("key id %q: %v", named, namedErr)
			}
			if namedErr != nil && !errors.Is(err, namedErr) {
				t.Fatalf("fails with %v for the key id, with %v as a whole", namedErr, err)
			}
		}
	})
}

// FuzzSealOpen seals a value, opens it, and then does everything that a server
// could: alters a bit, and shows the envelope in another place.
func FuzzSealOpen(f *testing.F) {
	ring, other := mustRing(f, keyText), mustRing(f, otherKeyText)
	f.Add("p", "dev", "/", "NAME", TypeShared, uint64(1), []byte("value"), uint(0))
	f.Add("bf357c54-0000-4000-8000-000000000001", "prod", "/a/b", "ß🔑", "personal", uint64(1)<<63, []byte{0x80, 0, 0}, uint(600))
	f.Add("p", "dev", "/a/", "N\x00", TypeShared, uint64(0), make([]byte, 23), uint(1<<31))
	f.Add("p", "dev", "/a//b", "\xff", "", uint64(0), []byte{}, uint(3))
	f.Fuzz(func(t *testing.T, project, environment, path, name, kind string, generation uint64, value []byte, flip uint) {
		place := Place{project, environment, path, name, kind}
		isPlace := canonicalPath.MatchString(path)
		for _, part := range []string{project, environment, path, name, kind} {
			isPlace = isPlace && part != "" && utf8.ValidString(part)
		}
		envelope, err := ring.Seal(place, generation, value)
		if !isPlace {
			if !errors.Is(err, ErrPlace) || envelope != "" {
				t.Fatalf("sealed for what is no place: %v", err)
			}
			refuses(t, ring, place, mustSeal(t, ring, somewhere, generation, value), ErrPlace)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		opens(t, ring, place, envelope, generation, value)
		refuses(t, other, place, envelope, ErrUnknownKey)
		refuses(t, ring, Place{project + "x", environment, path, name, kind}, envelope, ErrOtherPlace)
		refuses(t, ring, Place{project, environment + "x", path, name, kind}, envelope, ErrOtherPlace)
		refuses(t, ring, Place{project, environment, strings.TrimSuffix(path, "/") + "/x", name, kind}, envelope, ErrOtherPlace)
		refuses(t, ring, Place{project, environment, path, name + "x", kind}, envelope, ErrOtherPlace)
		refuses(t, ring, Place{project, environment, path, name, kind + "x"}, envelope, ErrOtherPlace)

		payload, _ := decode(envelope[17:])
		bit := flip % uint(len(payload)*8)
		payload[bit/8] ^= 1 << (bit % 8)
		want := ErrAltered
		if bit < 64*8 {
			want = ErrOtherPlace
		}
		refuses(t, ring, place, envelope[:17]+base64.RawURLEncoding.EncodeToString(payload), want)

		fingerprint, err := ring.Fingerprint(ring.SealingKeyID(), place, value)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ring.Fingerprint(ring.SealingKeyID(), place, bytes.Clone(value)); err != nil || again != fingerprint || len(again) != 43 {
			t.Fatal("a fingerprint is not always the same")
		}
	})
}

// canonicalPath is the form of a folder's path in another notation.
var canonicalPath = regexp.MustCompile(`^(/|(/[^/]+)+)$`)
