package awsconfig

// CheckKey returns an error unless every reader takes a key as we mean it.
func CheckKey(key Key) error {
	return Section{Kind: Profile, Name: "any", Keys: []Key{key}}.check()
}
