package devserver

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Liar stands between the development server and its client, and changes
// answers on their way out: a server that was taken over. It does what any such
// server could do, with what it was sent and what it stores, and with no key.
// What it tells is decided by its seed and by the order of the requests.
type Liar struct {
	mu     sync.Mutex
	random *rand.Rand
	chance float64
	lies   []Lie
	told   []string

	// What it has seen so far: sealed fields of any secret, and texts and whole
	// answers by the key or route that they came under.
	fields  []sealedTriple
	texts   map[string][]string
	answers map[string][]byte
	first   []byte // of theSame
}

// sealedTriple is one sealed field as an answer spells it.
type sealedTriple struct{ ciphertext, iv, tag string }

// Lie is one way in which a Liar deceives. One of its functions is set.
type Lie struct {
	Name string
	// change alters the decoded body of an answer that went well, in place.
	change func(l *Liar, r Request, answer map[string]any)
	// replace makes an answer in the place of the true one.
	replace func(l *Liar, r Request, status int, body []byte) (int, []byte)
}

// NewLiar tells each of the lies, one at a time, with that chance an answer.
func NewLiar(seed uint64, chance float64, lies ...Lie) *Liar {
	return &Liar{
		random: rand.New(rand.NewPCG(seed, 1789)), chance: chance, lies: lies,
		texts: map[string][]string{}, answers: map[string][]byte{},
	}
}

// Script is for [Server.InjectFault]. Requests for which spare is true are
// answered truly; nil spares none.
func (l *Liar) Script(spare func(Request) bool) func(Request) *Fault {
	return func(r Request) *Fault {
		if spare != nil && spare(r) {
			return nil
		}
		return &Fault{Rewrite: func(status int, body []byte) (int, []byte) { return l.answer(r, status, body) }}
	}
}

// Told returns the lies so far, each with the route that it answered.
func (l *Liar) Told() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.told)
}

func (l *Liar) answer(r Request, status int, body []byte) (int, []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var answer map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	isObject := decoder.Decode(&answer) == nil && answer != nil
	if isObject && status == 200 {
		l.learn(answer)
		l.answers[r.Route] = body
	}
	if len(l.lies) == 0 || l.random.Float64() >= l.chance {
		return status, body
	}
	lie := l.lies[l.random.IntN(len(l.lies))]
	switch {
	case lie.replace != nil:
		newStatus, newBody := lie.replace(l, r, status, body)
		if newStatus != status || !bytes.Equal(newBody, body) {
			l.told = append(l.told, lie.Name+" to "+r.Route)
		}
		return newStatus, newBody
	case !isObject || status != 200:
		return status, body
	}
	before, _ := json.Marshal(answer)
	lie.change(l, r, answer)
	after, err := json.Marshal(answer)
	if err != nil || bytes.Equal(before, after) {
		return status, body
	}
	l.told = append(l.told, lie.Name+" to "+r.Route)
	return status, after
}

// learn remembers what an answer holds.
func (l *Liar) learn(answer any) {
	eachObject(answer, func(o map[string]any) {
		for _, part := range []string{"Value", "Comment", "Key"} {
			if f := tripleOf(o, part); f.iv != "" && !slices.Contains(l.fields, f) {
				l.fields = append(l.fields, f)
			}
		}
		for key, value := range o {
			if text, ok := value.(string); ok && text != "" && len(l.texts[key]) < 200 && !slices.Contains(l.texts[key], text) {
				l.texts[key] = append(l.texts[key], text)
			}
		}
	})
}

func tripleOf(o map[string]any, part string) sealedTriple {
	text := func(key string) string {
		text, _ := o["secret"+part+key].(string)
		return text
	}
	return sealedTriple{text("Ciphertext"), text("IV"), text("Tag")}
}

func (f sealedTriple) putInto(o map[string]any, part string) {
	o["secret"+part+"Ciphertext"], o["secret"+part+"IV"], o["secret"+part+"Tag"] = f.ciphertext, f.iv, f.tag
}

// eachObject visits an object and all in it, outer ones first and in one order.
func eachObject(value any, visit func(map[string]any)) {
	switch v := value.(type) {
	case map[string]any:
		visit(v)
		for _, key := range slices.Sorted(maps.Keys(v)) {
			eachObject(v[key], visit)
		}
	case []any:
		for _, item := range v {
			eachObject(item, visit)
		}
	}
}

// eachText visits the texts of an answer and may change them.
func eachText(answer any, change func(key, text string) string) {
	eachObject(answer, func(o map[string]any) {
		for _, key := range slices.Sorted(maps.Keys(o)) {
			switch v := o[key].(type) {
			case string:
				o[key] = change(key, v)
			case []any:
				for i := range v {
					if text, ok := v[i].(string); ok {
						v[i] = change(key, text)
					}
				}
			}
		}
	})
}

// secretsOf are the secrets that an answer holds, sealed or in the clear.
func secretsOf(answer any) (out []map[string]any) {
	eachObject(answer, func(o map[string]any) {
		_, sealed := o["secretKeyCiphertext"]
		_, plain := o["secretKey"]
		if sealed || plain {
			out = append(out, o)
		}
	})
	return out
}

// isSealed tells a secret whose fields are sealed one by one.
func isSealed(secret map[string]any) bool { return secret["secretKeyCiphertext"] != nil }

// another is a text that was seen under this key, other than the given one if
// there is any.
func (l *Liar) another(key, than string) string {
	others := slices.DeleteFunc(slices.Clone(l.texts[key]), func(text string) bool { return text == than })
	if len(others) == 0 {
		return than
	}
	return others[l.random.IntN(len(others))]
}

func isList(r Request) bool {
	return r.Method == http.MethodGet && (strings.HasSuffix(r.Route, "/secrets") || strings.HasSuffix(r.Route, "/raw"))
}
