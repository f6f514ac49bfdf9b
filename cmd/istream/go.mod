module github.com/donhk/istream/cmd/istream

go 1.26.0

replace github.com/donhk/istream/pkg => ../../pkg
replace github.com/donhk/istream/services/discoverer => ../../services/discoverer
replace github.com/donhk/istream/services/recorder => ../../services/recorder
replace github.com/donhk/istream/services/shipper => ../../services/shipper
replace github.com/donhk/istream/services/janitor => ../../services/janitor
