// Package devserver behaves like an Infisical server of May 2024, as seen from
// the network: end-to-end encrypted secrets over service tokens, with its error
// texts, its rate limits and its flaws. Options.Era makes it one of another time.
//
// It is what tests and the quickstart run against. It keeps everything in
// memory and listens on the loopback interface only. It holds no keys: names,
// values and comments reach it as ciphertext and it could not open them if it
// tried. Only a project whose owner hands its key over (HandOverKey) is served
// in the clear as well, by the raw endpoints. What an owner does in the web application (projects, tokens) is done
// by Go calls and never over HTTP; so are looking at what is stored, looking at
// what was asked, and making things go wrong.
//
// Where a comment says "PROTOCOL section N", the fact was observed on a real
// server and is written down there; PROTOCOL_V3 is the same for one of October
// 2024. testdata/wire.json and wire_v3.json hold recorded exchanges that tests
// replay. "The server's source" marks what was read and not seen.
package devserver
