package devserver

import (
	"strings"
	"unicode/utf16"
)

// MetadataEntry is one entry of a secret's metadata, as the clear endpoints of
// 2026 keep it (the server's source: resource-metadata-schema.ts). It is another
// thing than Record.Metadata, which only end-to-end encrypted calls know.
type MetadataEntry struct {
	Key       string `json:"key"`
	Value     string `json:"value"`
	Encrypted bool   `json:"isEncrypted"`
}

// secretMetadata reads the entries; nil when they are not sent, which keeps what
// is there. An empty list clears them.
func (f *form) secretMetadata() []MetadataEntry {
	if _, sent := f.values["secretMetadata"]; !sent || f.broken() {
		return nil
	}
	out := []MetadataEntry{}
	for _, one := range f.items("secretMetadata") {
		entry := MetadataEntry{Key: one.text("key"), Value: *either(one.optionalText("value"), new(""))}
		if entry.Key == "" {
			one.tooShort("key")
		}
		if v, ok := one.value("isEncrypted", "boolean", true, false); ok {
			entry.Encrypted = v.(bool)
		}
		out = append(out, entry)
	}
	return out
}

// maxMetadataFilters is how many pairs a list may filter by.
const maxMetadataFilters = 10

// metadataFilter reads `key=a,value=b|key=c,value=d`. A pair of which one half
// is missing is dropped (the server's source: routes/v4/secret-router.ts).
func (f *form) metadataFilter() []MetadataEntry {
	text := f.optionalText("metadataFilter")
	if text == nil {
		return nil
	}
	var out []MetadataEntry
	for pair := range strings.SplitSeq(*text, "|") {
		var entry MetadataEntry
		parts := strings.FieldsFunc(pair, func(r rune) bool { return r == ',' || r == '=' })
		for i := 0; i+1 < len(parts); i += 2 {
			switch value := trim(parts[i+1]); strings.ToLower(trim(parts[i])) {
			case "key":
				entry.Key = value
			case "value":
				entry.Value = value
			}
		}
		if entry.Key != "" && entry.Value != "" {
			out = append(out, entry)
		}
	}
	if len(out) > maxMetadataFilters {
		f.add(issue{"code": "custom", "message": "You can only filter by up to 10 metadata fields", "path": f.at("metadataFilter")})
	}
	return out
}

// hasMetadata says whether the row has all of the entries, of which only those
// that are not encrypted can be found.
func (r *row) hasMetadata(wanted []MetadataEntry) bool {
	for _, w := range wanted {
		found := false
		for _, has := range r.SecretMetadata {
			found = found || !has.Encrypted && has.Key == w.Key && has.Value == w.Value
		}
		if !found {
			return false
		}
	}
	return true
}

// entries are the row's metadata as reads show it: never null.
func (r *row) entries() []MetadataEntry {
	return append([]MetadataEntry{}, r.SecretMetadata...)
}

// units is the length of a text in UTF-16 units, as the server counts.
func units(text string) int { return len(utf16.Encode([]rune(text))) }
