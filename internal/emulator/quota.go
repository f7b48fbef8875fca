package emulator

import "time"

// bucket is a token bucket, kept as the one instant at which it will be full
// again: integer arithmetic, so that a test can count to the request.
type bucket struct {
	refill time.Duration // of one token; 0 is no limit
	slack  time.Duration // how far full may lie ahead for a token to be there
	full   time.Time
}

func newBucket(rate float64, burst int) bucket {
	if rate <= 0 {
		return bucket{}
	}
	refill := time.Duration(float64(time.Second) / rate)
	return bucket{refill: refill, slack: refill * time.Duration(max(burst, 1)-1)}
}

// take takes a token, or says that none is there.
func (b *bucket) take(now time.Time) bool {
	if b.full.Before(now) {
		b.full = now
	}
	if b.full.Sub(now) > b.slack {
		return false
	}
	b.full = b.full.Add(b.refill)
	return true
}
