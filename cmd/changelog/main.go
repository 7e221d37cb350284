// Command changelog keeps CHANGELOG.md out of everybody's way: a change adds a
// file of its own to .changes/unreleased, and a release gathers them.
//
//	changelog                  print what the next release would say
//	changelog -release 1.2.0   move it into CHANGELOG.md, under that version
//	changelog -notes 1.2.0     print what CHANGELOG.md says of that version
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// kinds are what a change can be, in the order in which a release tells them:
// what somebody has to act on comes first.
var kinds = []struct{ name, title string }{
	{"breaking", "Breaking"},
	{"security", "Security"},
	{"added", "Added"},
	{"changed", "Changed"},
	{"fixed", "Fixed"},
}

// version is that of a release or pre-release, as Terraform orders them.
var version = regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)

func main() {
	if err := run(".", os.Args[1:], time.Now(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "changelog:", err)
		os.Exit(1)
	}
}

func run(root string, args []string, now time.Time, stdout io.Writer) error {
	flags := flag.NewFlagSet("changelog", flag.ContinueOnError)
	release := flags.String("release", "", "move the unreleased changes into CHANGELOG.md, under this `version`")
	notes := flags.String("notes", "", "print what CHANGELOG.md says of this `version`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	for _, v := range []string{*release, *notes} {
		if v != "" && !version.MatchString(v) {
			return fmt.Errorf("%q is no version such as 1.2.0 or 1.2.0-rc.1", v)
		}
	}
	file := filepath.Join(root, "CHANGELOG.md")
	if *notes != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		section, err := sectionOf(string(text), *notes)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(stdout, section)
		return err
	}

	body, fragments, err := gather(filepath.Join(root, ".changes", "unreleased"))
	if err != nil {
		return err
	}
	if *release == "" {
		_, err := fmt.Fprint(stdout, body)
		return err
	}
	if len(fragments) == 0 {
		return errors.New("there are no changes in .changes/unreleased to release")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if _, err := sectionOf(string(text), *release); err == nil {
		return fmt.Errorf("CHANGELOG.md has version %s already", *release)
	}
	head, older, _ := strings.Cut(string(text), "\n## ")
	if older != "" {
		older = "\n## " + older
	}
	text = []byte(strings.TrimRight(head, "\n") + "\n\n" + heading(*release) + now.UTC().Format(" (2006-01-02)") + "\n\n" + body + older)
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return err
	}
	for _, f := range fragments {
		if err := os.Remove(f); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(stdout, "CHANGELOG.md has version %s, of %d changes. Commit it, and tag that commit v%[1]s.\n", *release, len(fragments))
	return err
}

func heading(version string) string { return "## " + version }

// gather reads all fragments, in the order of their file names, and returns
// what they say, by kind. A fragment is Markdown that begins with its kind:
// "fixed: A rename keeps the comment."
func gather(dir string) (body string, files []string, err error) {
	if files, err = filepath.Glob(filepath.Join(dir, "*.md")); err != nil {
		return "", nil, err
	}
	said := map[string][]string{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return "", nil, err
		}
		kind, text, _ := strings.Cut(string(raw), ":")
		if text = strings.TrimSpace(text); !known(kind) || text == "" {
			return "", nil, fmt.Errorf("%s: it has to begin with its kind and a colon, and then say something; kinds are %s", filepath.Base(file), kindNames())
		}
		said[kind] = append(said[kind], "- "+strings.ReplaceAll(text, "\n", "\n  ")+"\n")
	}
	var out strings.Builder
	for _, kind := range kinds {
		if entries := said[kind.name]; len(entries) > 0 {
			if out.Len() > 0 {
				out.WriteString("\n")
			}
			fmt.Fprintf(&out, "### %s\n\n%s", kind.title, strings.Join(entries, ""))
		}
	}
	return out.String(), files, nil
}

func known(kind string) bool {
	for _, k := range kinds {
		if k.name == kind {
			return true
		}
	}
	return false
}

func kindNames() string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return strings.Join(names, ", ")
}

// sectionOf returns what a changelog says of a version, without its heading.
func sectionOf(changelog, version string) (string, error) {
	for section := range strings.SplitSeq("\n"+changelog, "\n## ") {
		first, rest, _ := strings.Cut(section, "\n")
		if named, _, _ := strings.Cut(first, " "); named == version {
			return strings.TrimSpace(rest), nil
		}
	}
	return "", fmt.Errorf("CHANGELOG.md says nothing of version %s: run make changelog RELEASE=%[1]s, and commit it before the tag", version)
}
