package oci_test

import (
	"strings"
	"testing"

	"github.com/seccompd/seccompd/pkg/oci"
)

// sound is a configuration as an engine writes it, with a place at each level for what an attack adds.
const sound = `{"ociVersion":"1.2.0",@TOP"process":{@PROCESS"user":{@USER"uid":0,"gid":0},"args":["sh"],"cwd":"/","capabilities":{@CAPS"bounding":["CAP_KILL"]}},` +
	`"root":{"path":"rootfs"},"annotations":{@NOTES"a":"b"},"linux":{@LINUX"sysctl":{@SYSCTL"net.x":"1"},"resources":{"memory":{"limit":1}},` +
	`"namespaces":[{@NAMESPACE"type":"pid"}],"seccomp":{@SECCOMP"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{@RULE"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{@ARG"index":0,"value":1,"op":"SCMP_CMP_EQ"}]}]}}}`

var places = []string{"TOP", "PROCESS", "USER", "CAPS", "NOTES", "LINUX", "SYSCTL", "NAMESPACE", "SECCOMP", "RULE", "ARG"}

// with puts a text at one of the places.
func with(place, text string) string {
	out := sound
	for _, p := range places {
		by := ""
		if p == place {
			by = text
		}
		out = strings.Replace(out, "@"+p+`"`, by+`"`, 1)
	}
	return out
}

// hostile are configurations that runtimes could read differently, each with what is said of it.
var hostile = map[string]struct{ text, want string }{
	"a duplicate at the top":                 {with("TOP", `"linux":{},`), `"linux" stands twice`},
	"a duplicate in process":                 {with("PROCESS", `"user":{},`), `"user" stands twice`},
	"a duplicate in process.user":            {with("USER", `"uid":7,`), `"uid" stands twice`},
	"a duplicate in capabilities":            {with("CAPS", `"bounding":[],`), `"bounding" stands twice`},
	"a duplicate annotation":                 {with("NOTES", `"a":"c",`), `"a" stands twice`},
	"a duplicate in linux":                   {with("LINUX", `"seccomp":null,`), `"seccomp" stands twice`},
	"a duplicate kernel parameter":           {with("SYSCTL", `"net.x":"0",`), `"net.x" stands twice`},
	"a duplicate in a namespace":             {with("NAMESPACE", `"type":"user",`), `"type" stands twice`},
	"a duplicate in seccomp":                 {with("SECCOMP", `"syscalls":[],`), `"syscalls" stands twice`},
	"a duplicate in a rule":                  {with("RULE", `"action":"SCMP_ACT_ERRNO",`), `"action" stands twice`},
	"a duplicate in an argument":             {with("ARG", `"value":2,`), `"value" stands twice`},
	"another case at the top":                {with("TOP", `"LINUX":{},`), `"LINUX" is read as "linux"`},
	"another case in process":                {with("PROCESS", `"User":{},`), `"User" is read as "user"`},
	"another case in linux":                  {with("LINUX", `"SECCOMP":{"defaultAction":"SCMP_ACT_ALLOW"},`), `"SECCOMP" is read as "seccomp"`},
	"another case in seccomp":                {with("SECCOMP", `"DefaultAction":"SCMP_ACT_ALLOW",`), `"DefaultAction" is read as`},
	"another case in a rule":                 {with("RULE", `"Names":["write"],`), `"Names" is read as "names"`},
	"another case in an argument":            {with("ARG", `"INDEX":1,`), `"INDEX" is read as "index"`},
	"two annotations that differ in case":    {with("NOTES", `"A":"c",`), `differ in case alone`},
	"a long s":                               {with("LINUX", "\"\u017feccomp\":null,"), `is read as "seccomp"`},
	"a long s, escaped":                      {with("LINUX", `"\u017feccomp":null,`), `is read as "seccomp"`},
	"a Kelvin sign":                          {with("PROCESS", "\"oomScoreAdj\":0,\"rlimit\u017f\":[],"), `is read as "rlimits"`},
	"a duplicate by an escape":               {with("LINUX", `"\u0073eccomp":null,`), `"seccomp" stands twice`},
	"a duplicate by escapes, of other case":  {with("LINUX", `"\u0053eccomp":null,`), `"Seccomp" is read as "seccomp"`},
	"a duplicate in an object nobody knows":  {with("TOP", `"x-vendor":{"a":1,"a":2},`), `"a" stands twice`},
	"a NUL in a key":                         {with("LINUX", `"seccomp\u0000x":null,`), "a NUL in a string"},
	"a NUL in a value":                       {with("NOTES", `"x":"a\u0000b",`), "a NUL in a string"},
	"a NUL between values":                   {with("TOP", "\x00"), "not valid JSON"},
	"half of a surrogate pair":               {with("NOTES", `"x":"\ud800",`), "half of a surrogate pair"},
	"the other half of a pair":               {with("NOTES", `"x":"\udc00",`), "half of a surrogate pair"},
	"a pair of two first halves":             {with("NOTES", `"x":"\ud800\ud800",`), "half of a surrogate pair"},
	"invalid UTF-8 in a key":                 {with("NOTES", "\"\xff\":\"\","), "not valid UTF-8"},
	"invalid UTF-8 in a value":               {with("NOTES", "\"x\":\"\xc0\x80\","), "not valid UTF-8"},
	"invalid UTF-8 after an escape":          {with("NOTES", "\"x\":\"\\n\xff\","), "not valid UTF-8"},
	"a byte order mark":                      {"\ufeff" + with("", ""), "byte order mark"},
	"a second document":                      {with("", "") + `{"linux":{}}`, "text after the end"},
	"a word after the end":                   {with("", "") + "\nnull", "text after the end"},
	"a comment":                              {with("TOP", `/* "linux": {} */`), "not valid JSON"},
	"a comment to the end of the line":       {with("TOP", "// \n"), "not valid JSON"},
	"a comma too many":                       {`{"ociVersion":"1.2.0",}`, "a comma before the end"},
	"a comma too few":                        {`{"ociVersion":"1.2.0" "linux":{}}`, "a comma or the end"},
	"single quotes":                          {`{'ociVersion':"1.2.0"}`, "a key is expected"},
	"an unknown escape":                      {with("NOTES", `"x":"\x41",`), "not a valid escape"},
	"an escape with a sign":                  {with("NOTES", `"x":"\u+041",`), "not a valid escape"},
	"an escape that does not end":            {`{"ociVersion":"\u00`, "not a valid escape"},
	"a newline in a string":                  {with("NOTES", "\"x\":\"a\nb\","), "a control character"},
	"a string that does not end":             {`{"ociVersion`, "a string that does not end"},
	"half a document":                        {with("", "")[:200], "ends too early"},
	"nothing":                                {"", "ends too early"},
	"a list instead of an object":            {`[]`, "must be an object"},
	"linux as a list":                        {`{"linux":[]}`, "linux must be an object"},
	"seccomp as a string":                    {`{"linux":{"seccomp":"none"}}`, "linux.seccomp must be an object"},
	"a rule that is null":                    {`{"linux":{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[null]}}}`, "each of syscalls"},
	"process as a number":                    {`{"process":1}`, "process must be an object"},
	"an annotation that is a number":         {with("NOTES", `"x":1,`), "must be a string"},
	"not a number":                           {with("USER", `"x":NaN,`), "not valid JSON"},
	"infinity":                               {with("USER", `"x":-Infinity,`), "not a valid number"},
	"a number out of range":                  {with("USER", `"x":1e999,`), "out of range"},
	"a number of more than 64 bits":          {with("ARG", `"valueTwo":18446744073709551616,`), "out of range"},
	"a number with leading zeros":            {with("ARG", `"valueTwo":010,`), "not a valid number"},
	"a hexadecimal number":                   {with("ARG", `"valueTwo":0x10,`), "a comma or the end"},
	"a fraction":                             {with("ARG", `"valueTwo":1.0,`), "not written as a whole one"},
	"an exponent":                            {with("ARG", `"valueTwo":1e3,`), "not written as a whole one"},
	"a negative argument":                    {with("ARG", `"valueTwo":-1,`), "whole number"},
	"a uid of 33 bits":                       {strings.Replace(with("", ""), `"uid":0`, `"uid":4294967296`, 1), "whole number"},
	"an errno that is negative":              {with("SECCOMP", `"defaultErrnoRet":-1,`), "whole number"},
	"very deep":                              {with("TOP", `"x":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+","), "nested more than"},
	"very deep, and not closed":              {with("TOP", `"x":`+strings.Repeat(`{"a":`, 1000000)), "nested more than"},
	"huge":                                   {with("NOTES", `"x":"`+strings.Repeat("a", oci.MaxSize)+`",`), "more than the"},
	"very many values":                       {with("TOP", `"x":[`+strings.Repeat("0,", oci.MaxValues)+`0],`), "values"},
	"a key of the specification in capitals": {with("TOP", `"HOOKS":{},`), `"HOOKS" is read as "hooks"`},
}

func TestHostileText(t *testing.T) {
	for name, test := range hostile {
		t.Run(name, func(t *testing.T) {
			c, err := oci.Parse("config.json", []byte(test.text))
			if err == nil {
				t.Fatalf("read as %+v", c.Filter)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v\nwant %q", err, test.want)
			}
			if strings.ContainsAny(err.Error(), "\n\x00") || len(err.Error()) > 300 {
				t.Errorf("not one short line: %q", err)
			}
		})
	}
	// The control: what the attacks were added to, and what only looks like one.
	for name, text := range map[string]string{
		"sound":                                 with("", ""),
		"space":                                 " \r\n\t" + with("", "") + "\n ",
		"annotations that look alike":           with("NOTES", `"linux":"x","Seccomp":"y",`),
		"kernel parameters differ in case":      with("SYSCTL", `"net.X":"0",`),
		"network devices differ in case":        with("LINUX", `"netDevices":{"eth0":{},"ETH0":{}},`),
		"keys of a vendor differ in case":       with("TOP", `"x-vendor":{"UID":1.5,"uid":1e3},`),
		"a pair of surrogates":                  with("NOTES", `"x":"\ud83d\ude00",`),
		"escapes":                               with("NOTES", `"x\"\\\/\b\f\n\r\t\u00e9":"",`),
		"64 bits":                               with("ARG", `"valueTwo":18446744073709551615,`),
		"a negative number where it may be one": with("PROCESS", `"oomScoreAdj":-998,`),
		"empty containers":                      with("TOP", `"hooks":{},"mounts":[ ],`),
	} {
		if _, err := oci.Parse("config.json", []byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
