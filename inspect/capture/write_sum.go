package capture

import (
	"encoding/binary"
	"math/bits"
)

// onesSum adds the big-endian 16-bit words of b, the last one filled up with a
// zero. The result has a few more bits, which checksum folds in. Eight bytes
// are added at a time: the sum of RFC 1071 does not mind how its carries
// travel.
func onesSum(b []byte) uint64 {
	var sum, carry uint64
	for len(b) >= 32 {
		sum, carry = bits.Add64(sum, binary.BigEndian.Uint64(b), carry)
		sum, carry = bits.Add64(sum, binary.BigEndian.Uint64(b[8:]), carry)
		sum, carry = bits.Add64(sum, binary.BigEndian.Uint64(b[16:]), carry)
		sum, carry = bits.Add64(sum, binary.BigEndian.Uint64(b[24:]), carry)
		b = b[32:]
	}
	for len(b) >= 8 {
		sum, carry = bits.Add64(sum, binary.BigEndian.Uint64(b), carry)
		b = b[8:]
	}
	if len(b) > 0 {
		var last [8]byte
		copy(last[:], b)
		sum, carry = bits.Add64(sum, binary.BigEndian.Uint64(last[:]), carry)
	}
	// Two halves and a carry, so that nothing is lost when callers add.
	return sum>>32 + sum&0xffffffff + carry
}

// checksum folds a sum to the checksum of IP and TCP.
func checksum(sum uint64) uint16 {
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
