package provider_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	troubleshooting = filepath.Join(repository, "docs", "guides", "troubleshooting.md")
	tableRow        = regexp.MustCompile("(?m)^\\| (`.+?`) \\| .+ \\|$")
	codeSpan        = regexp.MustCompile("`([^`]+)`")
	formatVerb      = regexp.MustCompile(`%[+#]?[a-zA-Z]`)
	headline        = regexp.MustCompile(`^[A-Z][\w-]*(?: (?:[A-Z][\w-]*|a|an|of|the))+$`)
)

// gap stands for what is only known at run time, on the page as here.
const gap = "…"

// TestTroubleshootingIsComplete holds the page about errors to the sources,
// both ways: what it quotes still occurs in them, and every headline and every
// reason that they can give is on it.
func TestTroubleshootingIsComplete(t *testing.T) {
	t.Parallel()
	var quotes []string
	for _, row := range tableRow.FindAllStringSubmatch(readFile(t, troubleshooting), -1) {
		for _, quote := range codeSpan.FindAllStringSubmatch(row[1], -1) {
			quotes = append(quotes, quote[1])
		}
	}
	if len(quotes) < 50 {
		t.Fatalf("%s has %d quotes: this test looks in the wrong place", troubleshooting, len(quotes))
	}
	var printed printedTexts
	for _, pkg := range []string{"secrets", "provider"} {
		printed.collect(t, filepath.Join(repository, "internal", pkg))
	}
	all := slices.Concat(printed.headlines, printed.reasons, printed.others)
	for _, quote := range quotes {
		if !slices.ContainsFunc(all, func(text string) bool { return occurs(quote, text) }) {
			t.Errorf("the page quotes what nothing prints any more: %q", quote)
		}
	}
	for _, text := range slices.Concat(printed.headlines, printed.reasons) {
		if !slices.ContainsFunc(quotes, func(quote string) bool { return occurs(quote, text) }) {
			t.Errorf("the page lacks what can be printed; add to templates/guides/troubleshooting.md and run make docs:\n| `%s` | what to do |", text)
		}
	}
}

// occurs tells whether a quote is part of a text: its pieces in their order. A
// headline is quoted as a whole.
func occurs(quote, text string) bool {
	if headline.MatchString(quote) || headline.MatchString(text) {
		return quote == text
	}
	for piece := range strings.SplitSeq(quote, gap) {
		at := strings.Index(text, strings.TrimSpace(piece))
		if at < 0 {
			return false
		}
		text = text[at+len(strings.TrimSpace(piece)):]
	}
	return true
}

// printedTexts is what packages can print.
type printedTexts struct {
	headlines []string // of diagnostics
	reasons   []string // the Why of errors
	others    []string // everything else that is spelt out
}

// collect reads the sources of a package.
func (x *printedTexts) collect(t *testing.T, dir string) {
	t.Helper()
	found := map[string]*[]string{}
	keep := func(e ast.Expr, in *[]string) {
		text := spelt(e)
		if strings.Trim(text, gap+". ,;:\n") == "" {
			return
		}
		if headline.MatchString(text) && !strings.HasSuffix(text, " Auth") { // which are ways to log in
			in = &x.headlines
		}
		if before := found[text]; before == nil || before == &x.others {
			found[text] = in
		}
	}
	for _, file := range filesIn(t, dir, ".go") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(source, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.KeyValueExpr:
				if key, ok := node.Key.(*ast.Ident); ok && key.Name == "Why" {
					keep(node.Value, &x.reasons)
				}
			case *ast.AssignStmt:
				for i, left := range node.Lhs {
					if field, ok := left.(*ast.SelectorExpr); ok && field.Sel.Name == "Why" && len(node.Rhs) == len(node.Lhs) {
						keep(node.Rhs[i], &x.reasons)
					}
				}
			case *ast.ReturnStmt: // problem, why, do
				if len(node.Results) == 3 {
					if problem, ok := node.Results[0].(*ast.Ident); ok && strings.HasPrefix(problem.Name, "Problem") {
						keep(node.Results[1], &x.reasons)
					}
				}
			case *ast.CallExpr:
				if called, ok := node.Fun.(*ast.Ident); ok && slices.Contains([]string{"notAuthentic", "notAsked", "altered"}, called.Name) && len(node.Args) == 2 {
					why := 1
					if called.Name == "altered" {
						why = 0
					}
					keep(node.Args[why], &x.reasons)
				}
			}
			if e, ok := node.(ast.Expr); ok {
				keep(e, &x.others)
			}
			return true
		})
	}
	for _, text := range slices.Sorted(maps.Keys(found)) {
		*found[text] = append(*found[text], text)
	}
}

// spelt is the text of an expression, with a gap for each part of it that is
// only known at run time.
func spelt(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return formatVerb.ReplaceAllString(text, gap)
		}
	case *ast.BinaryExpr:
		return spelt(e.X) + spelt(e.Y)
	case *ast.CallExpr: // fmt.Sprintf, strings.TrimSpace
		for _, argument := range e.Args {
			if text := spelt(argument); text != gap {
				return text
			}
		}
	}
	return gap
}
