//go:build !race

package acctest

const underRaceDetector = false
