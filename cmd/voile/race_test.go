//go:build race

package main

// raceDetector is on: sync.Pool then drops what it is given at random, so allocations cannot be counted.
const raceDetector = true
