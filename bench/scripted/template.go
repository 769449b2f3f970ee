package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// values are what a template's stand-ins become.
type values struct {
	chain   int    // @N@, and its namespace @NS@
	life    int    // @L@: of a snapshot that comes and goes; 0 for the chain's own
	version uint64 // @R@
}

// template is one object's JSON, cut at its stand-ins.
type template []part

type part struct {
	text    string
	standIn string // after the text; empty at the end
}

func compile(text string) template {
	var parts template
	for {
		before, rest, found := strings.Cut(text, "@")
		if !found {
			return append(parts, part{text: before})
		}
		name, after, _ := strings.Cut(rest, "@")
		parts = append(parts, part{before, name})
		text = after
	}
}

func (t template) append(out []byte, v values) []byte {
	for _, part := range t {
		out = append(out, part.text...)
		switch part.standIn {
		case "":
		case "N":
			out = strconv.AppendInt(out, int64(v.chain), 10)
		case "NS":
			out = fmt.Appendf(out, "tenant-%d", v.chain/chainsPerNamespace)
		case "L":
			out = strconv.AppendInt(out, int64(v.life), 10)
		case "R":
			out = strconv.AppendUint(out, v.version, 10)
		default:
			out = append(out, uid(part.standIn, v)...)
		}
	}
	return out
}

const chainsPerNamespace = 100

// uid is the same in every run. A claim and a volume are the chain's, whatever life refers to them.
func uid(kind string, v values) string {
	if kind == "C" || kind == "V" {
		v.life = 0
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d/%d", kind, v.chain, v.life))
	text := hex.EncodeToString(sum[:16])
	return fmt.Sprintf("%s-%s-%s-%s-%s", text[:8], text[8:12], text[12:16], text[16:20], text[20:])
}

// The templates' order in the file.
var resources = []string{"volumesnapshots", "volumesnapshotcontents", "persistentvolumeclaims", "persistentvolumes"}

func readTemplates(file string) (map[string]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != len(resources) {
		return nil, fmt.Errorf("%s: %d templates instead of %d", file, len(lines), len(resources))
	}
	texts := map[string]string{}
	for i, resource := range resources {
		texts[resource] = lines[i]
	}
	return texts, nil
}

// object is a template's JSON as a tree, to be changed.
type object map[string]any

func (o object) in(field string) object { return o[field].(map[string]any) }

// changed is a template whose object is another one than the text's.
func changed(text string, change func(object)) template {
	var tree object
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		panic(err) // the templates are this project's own
	}
	change(tree)
	out, err := json.Marshal(tree)
	if err != nil {
		panic(err)
	}
	return compile(string(out))
}
