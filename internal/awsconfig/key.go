package awsconfig

// CheckKey returns an error unless every reader takes a key as we mean it.
func CheckKey(key Key) error {
	other := Key{Name: key.Name + "_", Value: "any"} // a section has some
	return Section{Kind: Profile, Name: "any", Keys: []Key{key, other}}.check()
}
