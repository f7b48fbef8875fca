package settings_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/settings"
)

// TestSchema compares schema.json with what the types give; -update writes it.
func TestSchema(t *testing.T) {
	want, err := json.MarshalIndent(generated(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile("schema.json", want, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(settings.Schema, want) {
		t.Error("schema.json is not what the types give: write it with -update")
	}
}

// generated is the schema of the types, with what they cannot say.
func generated(t *testing.T) *jsonschema.Schema {
	t.Helper()
	r := &jsonschema.Reflector{FieldNameTag: "yaml", Anonymous: true, ExpandedStruct: true, Mapper: mapped}
	if err := r.AddGoComments("aws-sso-config-generator/internal/settings", ".", jsonschema.WithFullComment()); err != nil {
		t.Fatal(err)
	}
	for name, comment := range r.CommentMap { // in one line each
		r.CommentMap[name] = strings.Join(strings.Fields(comment), " ")
	}
	schema := r.Reflect(settings.Settings{})
	schema.Title = "Settings of aws-sso-config-generator"
	schema.Definitions["Keys"] = keys()
	session := schema.Definitions["Session"].Properties
	session.Value("accounts").PropertyNames = &jsonschema.Schema{Pattern: "^[0-9]{12}$"}
	session.Value("accounts").AdditionalProperties.Pattern = "[A-Za-z0-9_.]"
	session.Value("roles").PropertyNames = &jsonschema.Schema{MinLength: new(uint64(1))}
	session.Value("roles").AdditionalProperties.Pattern = "^$|[A-Za-z0-9_.]"
	schema.Definitions["Match"].MinProperties = new(uint64(1))
	schema.Definitions["Override"].AnyOf = []*jsonschema.Schema{{Required: []string{"set"}}, {Required: []string{"name"}}}
	return schema
}

// mapped are the schemas of types that are not in a file as they are in Go.
func mapped(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return &jsonschema.Schema{Type: "string", Pattern: `^([0-9]+[dw]|([0-9]+(\.[0-9]+)?(h|m|s|ms|us|ns))+)$`}
	case reflect.TypeFor[profile.Layout]():
		return &jsonschema.Schema{Type: "string", Enum: anys(profile.Layouts())}
	case reflect.TypeFor[[]awsconfig.Key]():
		return &jsonschema.Schema{Ref: "#/$defs/Keys"}
	}
	return nil
}

// keys are keys of profiles with their values.
func keys() *jsonschema.Schema {
	names := &jsonschema.Schema{
		Pattern: "^[a-z0-9_]+$",
		Not: &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
			{Enum: anys(slices.Sorted(maps.Keys(settings.RefusedKeys)))},
			{Pattern: "^" + awsconfig.OwnKeys},
		}},
	}
	properties := jsonschema.NewProperties()
	properties.Set("region", &jsonschema.Schema{Type: "string", Pattern: `^[a-z]+(-[a-z]+)+-[1-9][0-9]?$`, Description: "Region of your resources, such as eu-central-1."})
	properties.Set("output", &jsonschema.Schema{Type: "string", Enum: anys(settings.OutputFormats()), Description: "Output format of the AWS CLI."})
	value := []*jsonschema.Schema{{Type: "string"}, {Type: "integer"}, {Type: "boolean"}}
	innerValue := []*jsonschema.Schema{{Type: "string", MinLength: new(uint64(1))}, {Type: "integer"}, {Type: "boolean"}}
	inner := &jsonschema.Schema{
		Type: "object", PropertyNames: names, MinProperties: new(uint64(1)),
		AdditionalProperties: &jsonschema.Schema{AnyOf: innerValue},
		Description:          "Keys in a key, such as max_concurrent_requests in s3.",
	}
	return &jsonschema.Schema{
		Type: "object", Properties: properties, PropertyNames: names,
		AdditionalProperties: &jsonschema.Schema{AnyOf: append(value, inner)},
		Description:          "Keys of AWS profiles. An empty text is an empty value.",
	}
}

func anys[T any](all []T) (mixed []any) {
	for _, one := range all {
		mixed = append(mixed, one)
	}
	return mixed
}

// beyondSchema are mistakes that an editor does not see.
var beyondSchema = []string{
	"a template that is none", "a function that there is not", "a field that there is not",
	"a glob that is none", "a role glob that is none",
	"no start URL", "two sessions of one name", "two legacy sessions for one portal",
	"letters that changed places in a key", "a letter too many in a key", "a misspelled key in a chain's set",
	"a misspelled nested key", "misspelled credentials",
	"a value that some take for a comment", "a value of several lines",
	"the name default", "the name __proto__", "two chains of one name",
	"a port in octal", "a duration without end", "a line end in a path",
	// What YAML says, but not here.
	"two documents", "the end of a document", "an anchor", "a tag", "a merge key", "a directive", "a key by itself",
	// What the reader of YAML has fixed.
	"Latin 1", "a control character", "an old Mac", "a control character behind an escape", "text over two lines",
}

// TestSchemaAgreesWithParse: what an editor underlines is what Parse refuses, but
// for what takes more than a schema to see.
func TestSchemaAgreesWithParse(t *testing.T) {
	document, err := validator.UnmarshalJSON(bytes.NewReader(settings.Schema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := validator.NewCompiler()
	if err := compiler.AddResource("config.schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("config.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range valid {
		if _, err := settings.Parse("c.yaml", []byte(text)); err != nil {
			t.Errorf("%s\nrefused: %v", text, err)
		}
		var data any
		if err := yaml.Unmarshal([]byte(text), &data); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(data); err != nil {
			t.Errorf("%s\nnot as the schema has it: %v", text, err)
		}
	}
	var missed []string
	for _, r := range refusals {
		var data any
		if yaml.Unmarshal([]byte(r.yaml), &data) == nil && schema.Validate(data) == nil {
			missed = append(missed, r.what)
		}
	}
	if !slices.Equal(missed, beyondSchema) {
		t.Errorf("the schema lets pass:\n%s", strings.Join(missed, "\n"))
	}
}
