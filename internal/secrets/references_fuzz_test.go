package secrets

import (
	"strings"
	"testing"
)

func FuzzReferences(f *testing.F) {
	for _, seed := range []string{
		"", "plain", "${A}", "${A}${B}", "pg://${U}:${P}@h", "${}", "${ }", "${ A }", "$", "${", "${A", "A}", "$${A}", "${${A}}", "${${A}", "${A}}",
		"${a.B}", "${a.f-1.f_2.B}", "${.A}", "${a.}", "${a..B}", "${a b.C}", "${A\nB}", "${A\x00}", "${A\x7f}", "\xff${A}", "${\xffA}", "${日本}",
		"${\u00a0A\ufeff}", "${a{b}", "${a$b}", "{${A}", strings.Repeat("${", 100) + "A" + strings.Repeat("}", 100), strings.Repeat("${A}", 100),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		var whole strings.Builder
		wasText, references := false, 0
		for _, p := range parseReferences(value) {
			whole.WriteString(p.text)
			if p.name == "" {
				if p.text == "" || wasText {
					t.Fatalf("a piece of text that is none, or two in a row")
				}
				if inner := parseReferences(p.text); len(inner) != 1 || inner[0].name != "" {
					t.Fatalf("a reference was left in the text %q", p.text)
				}
				wasText = true
				continue
			}
			wasText = false
			references++
			inner, begins := strings.CutPrefix(p.text, "${")
			inner, ends := strings.CutSuffix(inner, "}")
			if !begins || !ends || !strings.Contains(inner, p.name) || HasOuterSpace(p.name) || strings.Contains(inner, "}") || strings.Contains(inner, "${") ||
				strings.ContainsFunc(inner, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Fatalf("%q is taken for a reference to %q", p.text, p.name)
			}
			if environment, path, key, ok := splitReference(p.name); ok {
				folder := strings.ReplaceAll(strings.TrimSuffix(path, "/"), "/", ".")
				if canonical, err := CanonicalPath(path); err != nil || canonical != path || environment+folder+"."+key != p.name {
					t.Fatalf("%q is split into %q, %q and %q", p.name, environment, path, key)
				}
			}
			_ = p.String()
		}
		if whole.String() != value {
			t.Fatalf("the pieces of %q are %q", value, whole.String())
		}
		if !strings.Contains(value, "${") && references > 0 {
			t.Fatalf("%q holds no reference", value)
		}
	})
}
