package settings_test

import "flag"

var update = flag.Bool("update", false, "write golden files and the schema")
