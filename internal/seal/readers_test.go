package seal

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// javascript is where the reader in JavaScript is.
var javascript = filepath.Join("..", "..", "examples", "unseal-js")

// readerCase is one envelope for another implementation to open.
type readerCase struct {
	Keys     []string    `json:"keys"`
	Place    readerPlace `json:"place"`
	Envelope string      `json:"envelope"`

	about      string
	value      []byte
	generation uint64
	want       error
}

type readerPlace struct {
	Project     string `json:"project"`
	Environment string `json:"environment"`
	Path        string `json:"path"`
	Name        string `json:"name"`
	Type        string `json:"type"`
}

// TestJavaScriptReader has a reader that shares no code with this package open
// the vectors, what this package seals, and what must not open.
func TestJavaScriptReader(t *testing.T) {
	t.Parallel()
	vectors := readVectors(t)
	var cases []readerCase
	for _, v := range vectors {
		cases = append(cases, readerCase{
			about: "vector " + v.Name, Keys: []string{otherKeyText, v.ring(t).keys[0].Reveal()}, Place: v.place().forReader(),
			Envelope: v.Envelope, value: []byte(v.Value), generation: v.Generation,
		})
	}
	cases = append(cases, sealedHere(t)...)
	cases = append(cases, refusedHere(t, vectors[0])...)

	type answer struct {
		Value      string `json:"value"`
		Generation string `json:"generation"`
		Error      string `json:"error"`
	}
	var answers []answer
	input, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	out := node(t, nil, input, "--input-type=module", "-e", `
import { readFileSync } from 'node:fs'
import { open } from './sealed.mjs'
const answers = []
for (const { keys, place, envelope } of JSON.parse(readFileSync(0, 'utf8'))) {
  try {
    const { value, generation } = await open(keys, place, envelope)
    answers.push({ value: Buffer.from(value).toString('base64'), generation: String(generation) })
  } catch (error) {
    answers.push({ error: error.message })
  }
}
process.stdout.write(JSON.stringify(answers))`)
	if err := json.Unmarshal(out, &answers); err != nil {
		t.Fatal(err)
	}
	if len(answers) != len(cases) {
		t.Fatalf("%d answers to %d envelopes", len(answers), len(cases))
	}
	for i, c := range cases {
		got := answers[i]
		switch {
		case c.want != nil:
			if got.Error != c.want.Error() || got.Value != "" {
				t.Errorf("%s: error %q, want %q", c.about, got.Error, c.want)
			}
		case got.Error != "":
			t.Errorf("%s: %s", c.about, got.Error)
		case got.Value != base64.StdEncoding.EncodeToString(c.value) || got.Generation != strconv.FormatUint(c.generation, 10):
			t.Errorf("%s: opens to something else than what went in", c.about)
		}
	}
}

func (p Place) forReader() readerPlace {
	return readerPlace{p.ProjectID, p.Environment, p.Path, p.Name, p.Type}
}

// sealedHere are envelopes of every kind that this package makes.
func sealedHere(t *testing.T) []readerCase {
	t.Helper()
	ring := mustRing(t, otherKeyText, keyText)
	deep := somewhere
	deep.Path = strings.Repeat("/a-folder", 300)
	letters := somewhere
	letters.Name, letters.Type = "ß🔑\u00e9e\u0301\x00 $&+,/:;=?@#", "personal"
	large := make([]byte, 100_000)
	_, _ = rand.Read(large)
	var cases []readerCase
	for i, value := range [][]byte{{}, {0}, {0x80, 0, 0}, {0xff, 0xfe}, []byte("Grüße\r\n"), large, make([]byte, 23), make([]byte, 24), make([]byte, 55), make([]byte, 56)} {
		for j, place := range []Place{somewhere, deep, letters} {
			generation := []uint64{0, 1 << 53, math.MaxUint64}[(i+j)%3]
			cases = append(cases, readerCase{
				about: "value " + strconv.Itoa(i) + " in place " + strconv.Itoa(j), Keys: []string{keyText, otherKeyText}, Place: place.forReader(),
				Envelope: mustSeal(t, ring, place, generation, value), value: value, generation: generation,
			})
		}
	}
	return cases
}

// refusedHere are envelopes that this package refuses.
func refusedHere(t *testing.T, v vector) []readerCase {
	t.Helper()
	var cases []readerCase
	ring := v.ring(t)
	add := func(about string, place Place, envelope string) {
		t.Helper()
		_, _, _, err := ring.Open(place, envelope)
		if err == nil {
			t.Fatalf("%s: opens", about)
		}
		cases = append(cases, readerCase{about: about, Keys: []string{ring.keys[0].Reveal()}, Place: place.forReader(), Envelope: envelope, want: err})
	}
	text := []byte(v.Envelope)
	for i := range text {
		for _, bit := range []byte{1, 2, 16} {
			text[i] ^= bit
			add("character "+strconv.Itoa(i)+" with bit "+strconv.Itoa(int(bit)), v.place(), string(text))
			text[i] ^= bit
		}
		add("cut to "+strconv.Itoa(i), v.place(), v.Envelope[:i])
	}
	for _, behind := range []string{"=", "\n", " ", ".", "A", "AAAA", strings.Repeat("A", 43)} {
		add("with something behind it", v.place(), v.Envelope+behind)
	}
	add("version 2", v.place(), strings.Replace(v.Envelope, "1", "2", 1))
	add("version 10", v.place(), strings.Replace(v.Envelope, "1", "10", 1))
	for _, size := range []int{16, 33, 64, 96} { // padding of other lengths than what Seal makes
		frame := make([]byte, size)
		frame[12] = 0x80
		envelope, err := ring.seal(v.place(), frame, make([]byte, saltSize), cipher.NewGCMWithRandomNonce)
		if err != nil {
			t.Fatal(err)
		}
		add("a frame of "+strconv.Itoa(size), v.place(), envelope)
	}
	add("another key", v.place(), mustSeal(t, mustRing(t, otherKeyText), v.place(), 1, nil))
	for i, move := range []func(*Place){
		func(p *Place) { p.ProjectID += "x" },
		func(p *Place) { p.Environment += "x" },
		func(p *Place) { p.Path += "x" },
		func(p *Place) { p.Name += "x" },
		func(p *Place) { p.Type += "x" },
	} {
		place := v.place()
		move(&place)
		add("place "+strconv.Itoa(i), place, v.Envelope)
	}
	return cases
}

func TestJavaScriptCommand(t *testing.T) {
	t.Parallel()
	v := readVectors(t)[2]
	keys := "INFISICAL_SEALING_KEYS=" + otherKeyText + " # older, and\n\t" + v.ring(t).keys[0].Reveal() + "\n"
	place := []string{v.Place.Project, v.Place.Env, v.Place.Path, v.Place.Name}
	run := func(env string, stdin string, args ...string) []byte {
		return node(t, []string{env}, []byte(stdin), append([]string{"open.mjs"}, args...)...)
	}
	if got := run(keys, v.Envelope+"\n", place...); string(got) != v.Value {
		t.Error("opens to something else than what went in")
	}
	for _, c := range []struct {
		about, env, envelope string
		args                 []string
		says                 string
	}{
		{"another place", keys, v.Envelope, []string{place[0], place[1], place[2], "OTHER"}, "another project"},
		{"no key", "INFISICAL_SEALING_KEYS=", v.Envelope, place, "none of the sealing keys"},
		{"a key mistyped", strings.ReplaceAll(keys, "AAEC", "AAED"), v.Envelope, place, "sealing key 2 is none"},
		{"a plain value", keys, "hunter2", place, "no sealed envelope"},
		{"no name", keys, v.Envelope, place[:3], "usage"},
	} {
		cmd := nodeCommand(t, []string{c.env}, []byte(c.envelope), append([]string{"open.mjs"}, c.args...)...)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err == nil || cmd.ProcessState.ExitCode() != 1 {
			t.Errorf("%s: ends with %v", c.about, err)
		}
		if stdout.Len() > 0 || !strings.Contains(stderr.String(), c.says) || strings.Contains(stderr.String(), "sealkey1") || strings.Contains(stderr.String(), "hunter2") {
			t.Errorf("%s: prints %d bytes, and says %q", c.about, stdout.Len(), stderr.String())
		}
	}
}

func node(t *testing.T, env []string, stdin []byte, args ...string) []byte {
	t.Helper()
	cmd := nodeCommand(t, env, stdin, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	return out
}

func nodeCommand(t *testing.T, env []string, stdin []byte, args ...string) *exec.Cmd {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("there is no node on this machine")
	}
	if err := exec.Command("node", "-e", "process.exit(globalThis.crypto ? 0 : 1)").Run(); err != nil {
		t.Skip("this node has no WebCrypto in its globals, where it is since 19")
	}
	// Looked at, so that go test does not take them for unchanged.
	for _, file := range []string{"sealed.mjs", "open.mjs"} {
		if _, err := os.Stat(filepath.Join(javascript, file)); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("node", args...)
	cmd.Dir, cmd.Stdin = javascript, bytes.NewReader(stdin)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	return cmd
}
