module github.com/donhk/istream/services/shipper

go 1.26.0

replace github.com/donhk/istream/pkg => ../../pkg

require github.com/donhk/istream/pkg v0.0.0

require (
	github.com/google/go-cmp v0.7.0 // indirect
	go.uber.org/goleak v1.3.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
	pgregory.net/rapid v1.3.0 // indirect
)
