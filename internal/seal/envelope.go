package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Sizes in bytes.
const (
	saltSize       = 32
	commitmentSize = 32
	nonceSize      = 12
	tagSize        = 16
	blockSize      = 32 // what a frame is padded to a multiple of
	generationSize = 8
)

const (
	family  = "sealed" // of all versions
	version = "1"
	format  = family + version
)

// What an envelope can fail with. None of them tells anything of its content.
var (
	// ErrNoEnvelope: a text that does not even begin like an envelope.
	ErrNoEnvelope = errors.New("it is no sealed envelope")
	// ErrVersion: an envelope of another version than 1.
	ErrVersion = errors.New("it is a sealed envelope of a version that this program cannot open")
	// ErrUnknownKey: a whole envelope whose key is not in the ring.
	ErrUnknownKey = errors.New("none of the sealing keys has the id that it names")
	// ErrOtherPlace: the commitment is not the one of this key, place and salt.
	ErrOtherPlace = errors.New("it was sealed for another project, environment, folder, name or type, or under another key")
	// ErrAltered: what begins like an envelope and is not whole, or does not
	// authenticate.
	ErrAltered = errors.New("it was altered, cut or damaged since it was sealed")
)

// IsEnvelope tells whether a text begins like an envelope of any version:
// `sealed`, a number, a dot. It promises nothing of the rest: what was cut or
// damaged, or is of a version to come, must not pass for a plain value.
func IsEnvelope(text string) bool {
	_, _, found := cutFormat(text)
	return found
}

// KeyID returns the id of the key that an envelope names, without opening it.
// Until it opens that is only what it says. Its errors are [ErrNoEnvelope],
// [ErrVersion] and [ErrAltered].
func KeyID(envelope string) (string, error) {
	parsed, err := parse(envelope)
	return parsed.keyID, err
}

// parsed is an envelope that is whole and not yet opened.
type parsed struct {
	keyID            string
	salt, commitment []byte
	sealed           []byte // nonce, ciphertext, tag
}

// parse takes an envelope apart. There is one text for each envelope: base64 is
// strict, and so is the length.
func parse(envelope string) (parsed, error) {
	number, rest, found := cutFormat(envelope)
	switch {
	case !found:
		return parsed{}, ErrNoEnvelope
	case number != version:
		return parsed{}, ErrVersion
	}
	keyID, encoded, _ := strings.Cut(rest, ".")
	payload, ok := decode(encoded)
	frameSize := len(payload) - saltSize - commitmentSize - nonceSize - tagSize
	if !isKeyID(keyID) || !ok || frameSize < blockSize || frameSize%blockSize != 0 {
		return parsed{}, ErrAltered
	}
	return parsed{
		keyID:      keyID,
		salt:       payload[:saltSize],
		commitment: payload[saltSize:][:commitmentSize],
		sealed:     payload[saltSize+commitmentSize:],
	}, nil
}

// cutFormat takes `sealed`, a number and a dot from the beginning.
func cutFormat(text string) (number, rest string, found bool) {
	rest, found = strings.CutPrefix(text, family)
	if !found {
		return "", "", false
	}
	number, rest, found = strings.Cut(rest, ".")
	isNumber := number != "" && strings.Trim(number, "0123456789") == ""
	return number, rest, found && isNumber
}

// Seal makes an envelope for place under the ring's first key. Two envelopes of
// one value have nothing in common but the key id. generation is for the
// caller to count in; see the package comment. The error is [ErrPlace] or
// [ErrNoKeys].
func (r Ring) Seal(place Place, generation uint64, value []byte) (string, error) {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails, see GenerateKey
	return r.seal(place, frame(generation, value), salt, cipher.NewGCMWithRandomNonce)
}

// gcm makes an AES-GCM that puts its nonce before the ciphertext.
type gcm func(cipher.Block) (cipher.AEAD, error)

// seal is Seal with the randomness given, which only test vectors may do.
func (r Ring) seal(place Place, frame, salt []byte, newGCM gcm) (string, error) {
	if len(r.keys) == 0 {
		return "", ErrNoKeys
	}
	if err := place.check(); err != nil {
		return "", err
	}
	key := r.keys[0]
	context := place.context(format, key.id)
	aead, commitment, err := key.derive(salt, context, newGCM)
	if err != nil {
		return "", fmt.Errorf("cannot seal: %w", err)
	}
	payload := slices.Concat(salt, commitment, aead.Seal(nil, nil, frame, context))
	return format + "." + key.id + "." + base64.RawURLEncoding.EncodeToString(payload), nil
}

// Open returns what an envelope holds, its generation, and the id of the key
// that opened it. The error is [ErrPlace], [ErrNoEnvelope], [ErrVersion],
// [ErrUnknownKey], [ErrOtherPlace] or [ErrAltered]; nothing else is returned
// with it.
func (r Ring) Open(place Place, envelope string) (value []byte, generation uint64, keyID string, err error) {
	if err := place.check(); err != nil {
		return nil, 0, "", err
	}
	sealed, err := parse(envelope)
	if err != nil {
		return nil, 0, "", err
	}
	key, err := r.key(sealed.keyID)
	if err != nil {
		return nil, 0, "", err
	}
	context := place.context(format, key.id)
	aead, commitment, err := key.derive(sealed.salt, context, cipher.NewGCMWithRandomNonce)
	if err != nil {
		return nil, 0, "", fmt.Errorf("cannot open: %w", err)
	}
	// Before anything is decrypted: a ciphertext can be made to open under many
	// keys, a commitment cannot.
	if subtle.ConstantTimeCompare(commitment, sealed.commitment) != 1 {
		return nil, 0, "", ErrOtherPlace
	}
	frame, err := aead.Open(nil, nil, sealed.sealed, context)
	if err != nil {
		return nil, 0, "", ErrAltered
	}
	generation, value, ok := unframe(frame)
	if !ok {
		return nil, 0, "", ErrAltered
	}
	return value, generation, key.id, nil
}

// derive makes an envelope's own cipher, and the commitment to its key, place
// and salt.
func (k Key) derive(salt, context []byte, newGCM gcm) (aead cipher.AEAD, commitment []byte, err error) {
	var derived []byte
	err = k.with(func(bytes []byte) (err error) {
		derived, err = hkdf.Key(sha256.New, bytes, salt, string(context), keySize+commitmentSize)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	block, err := aes.NewCipher(derived[:keySize])
	if err != nil {
		return nil, nil, err
	}
	aead, err = newGCM(block)
	return aead, derived[keySize:], err
}

// frame pads, so that the length of an envelope tells that of a value in steps
// of 32 bytes only.
func frame(generation uint64, value []byte) []byte {
	size := generationSize + len(value) + 1
	size += (blockSize - size%blockSize) % blockSize
	frame := make([]byte, 0, size)
	frame = binary.BigEndian.AppendUint64(frame, generation)
	frame = append(frame, value...)
	frame = append(frame, 0x80)
	return frame[:size] // the rest is zeros
}

// unframe takes the one frame of a generation and value, and no other with more
// padding. It runs on what has authenticated, so its time is no oracle.
func unframe(frame []byte) (generation uint64, value []byte, ok bool) {
	end := len(bytes.TrimRight(frame, "\x00")) - 1
	if end < generationSize || frame[end] != 0x80 || len(frame)-end > blockSize {
		return 0, nil, false
	}
	return binary.BigEndian.Uint64(frame), frame[generationSize:end:end], true
}
