package api

import (
	"encoding/json"
	"time"
)

// moment is a time that a server tells; zero where it tells none that can be
// read, which fails nothing.
type moment struct{ time.Time }

// UnmarshalJSON reads RFC 3339.
func (m *moment) UnmarshalJSON(raw []byte) error {
	const longest = 64 // bytes; none is as long
	var text string
	if len(raw) <= longest && json.Unmarshal(raw, &text) == nil {
		m.Time, _ = time.Parse(time.RFC3339, text)
	}
	return nil
}
