module vmesskit

go 1.26
