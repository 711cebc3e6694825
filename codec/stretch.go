package codec

import "crypto/cipher"

// Stretch gives an Entropy that asks e once, for a key, and makes all else of
// it with AES-128-CTR. It is for the padding of long streams: 32 bytes of it
// for each chunk, from the system one by one, cost as much as sealing 300.
// BenchmarkSealPadding measures it. It is for one goroutine at a time.
func Stretch(e Entropy) Entropy {
	var stream cipher.Stream
	return func(b []byte) error {
		if stream == nil {
			var seed [32]byte
			if err := e(seed[:]); err != nil {
				return err
			}
			stream = cipher.NewCTR(mustAES(seed[:16]), seed[16:])
		}
		clear(b)
		stream.XORKeyStream(b, b)
		return nil
	}
}
