//go:build !race

package acctest

// UnderRaceDetector tells whether the tests were built with it.
const UnderRaceDetector = false
