package main

import (
	"fmt"
	"math/rand"
)

var words = []string{"alpha", "order", "customer", "berlin", "pending", "shipped", "invoice",
	"amount", "widget", "status", "active", "region", "north", "south", "update", "insert",
	"payment", "credit", "account", "street"}

// rowEvent is like an event of change data capture; a batch of them compresses 3 to 4 times.
func rowEvent(r *rand.Rand, b []byte) {
	s := fmt.Sprintf(`{"op":"u","ts":%d,"id":%d,"c":"%08x","v":"`,
		1700000000000+r.Int63n(1e9), r.Intn(1e9), r.Uint32())
	for len(s) < len(b) {
		if r.Intn(5) == 0 {
			s += fmt.Sprintf("%x ", r.Uint32())
		} else {
			s += words[r.Intn(len(words))] + " "
		}
	}
	copy(b, s)
	if len(b) > 2 {
		copy(b[len(b)-2:], `"}`)
	}
}

// payloads makes n values of size bytes, the same ones in every run.
func payloads(kind string, size, n int) ([][]byte, error) {
	r := rand.New(rand.NewSource(42))
	out := make([][]byte, n)
	for i := range out {
		out[i] = make([]byte, size)
		switch kind {
		case "json":
			rowEvent(r, out[i])
		case "random":
			r.Read(out[i])
		case "zero":
		default:
			return nil, fmt.Errorf("--payload %q: json, random or zero", kind)
		}
	}
	return out, nil
}
