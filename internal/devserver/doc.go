// Package devserver behaves like an Infisical server of May 2024, as seen from
// the network: end-to-end encrypted secrets over service tokens, API keys and
// machine identities, with its error texts, its rate limits and its flaws.
// Options.Era makes it one of another time.
//
// It is what tests and the quickstart run against. It keeps everything in
// memory and listens on the loopback interface only. Of an end-to-end encrypted
// project it gets ciphertext alone, and could not open it if it tried. It holds
// the keys of two kinds of projects, which it serves in the clear by the raw
// endpoints: those whose owner hands the project key over (HandOverKey) or, in
// October 2024, lets the server know a private key with which it takes it
// (KnowPrivateKey); and those of version 3, whose keys it makes itself.
//
// What an owner does in the web application (projects, tokens, members) is done
// by Go calls and never over HTTP; so are looking at what is stored, looking at
// what was asked, and making things go wrong.
//
// Where a comment says "PROTOCOL section N", the fact was observed on a real
// server and is written down there; PROTOCOL_V3 is the same for one of October
// 2024, PROTOCOL_2023 for two of 2023. testdata/wire.json, wire_v3.json and
// wire_2023.json hold recorded exchanges that tests replay. "The server's source" marks what was read and not seen, as all of
// v4.go is.
package devserver
