package cli

import (
	"slices"
	"strconv"
	"strings"

	"vmesskit/codec"
	"vmesskit/inspect"
	"vmesskit/inspect/config"
	ids "vmesskit/inspect/config/users"
	"vmesskit/inspect/session"
)

// userSources is where the user said that the ids are.
type userSources struct {
	files   []string // lists
	configs []string // of servers and clients
	ids     []string // one user each
}

// users is what the sources hold.
type users struct {
	accounts []session.Account
	servers  []inspect.Server
	configs  []namedConfig
	index    map[codec.ID]int
	mapped   []int // of accounts whose id a list has as a text
}

// read reads all sources: lists, VMESS_IDS, configurations, single ids. A
// user without a label is called by its number in this order.
func (s *userSources) read(env *Env) (*users, error) {
	u := &users{index: map[codec.ID]int{}}
	for _, step := range []func(*Env, *users) error{s.readFiles, s.readEnviron, s.readConfigs, s.readIDs, addSenders} {
		if err := step(env, u); err != nil {
			return nil, err
		}
	}
	u.hideLabels(env)
	return u, nil
}

func (s *userSources) readFiles(env *Env, u *users) error {
	for _, name := range s.files {
		text, err := env.readFile(name, config.MaxIDFile)
		if err != nil {
			return err
		}
		list, err := config.ParseIDFile(called(name), text)
		if err != nil {
			return &inputError{err}
		}
		u.add(list)
	}
	return nil
}

func (s *userSources) readEnviron(env *Env, u *users) error {
	list, err := config.ParseIDList(env.Getenv("VMESS_IDS"))
	if err != nil {
		return usagef("VMESS_IDS: %v", err).or("want ID [alterId] [label], with commas between users")
	}
	u.add(list)
	return nil
}

func (s *userSources) readConfigs(env *Env, u *users) error {
	for _, name := range s.configs {
		text, err := env.readFile(name, config.MaxFile)
		if err != nil {
			return err
		}
		c, err := config.ParseV2Ray4(called(name), text)
		if err != nil {
			return &inputError{err}
		}
		u.addConfig(called(name), c)
	}
	return nil
}

// readIDs reads the users of --id. Commas may stand in the place of spaces, so
// that nothing has to be quoted.
func (s *userSources) readIDs(_ *Env, u *users) error {
	const want = "want ID [alterId] [label]"
	for _, text := range s.ids {
		list, err := config.ParseIDList(strings.Join(strings.SplitN(text, ",", 3), " "))
		if err != nil || len(list) != 1 {
			return usagef("--id cannot be read").or(want)
		}
		if ids.HoldsID(list[0].Label) {
			return usagef("--id has two ids").or("give --id for each user")
		}
		u.add(list)
	}
	return nil
}

// add adds users. One that is there already keeps its number, with the larger
// of the two alterIds.
func (u *users) add(list []config.User) {
	for _, one := range list {
		i, known := u.index[one.ID]
		if !known {
			i = len(u.accounts)
			u.index[one.ID] = i
			u.accounts = append(u.accounts, session.Account{Account: codec.Account{ID: one.ID}})
			if one.Mapped {
				u.mapped = append(u.mapped, i)
			}
		}
		a := &u.accounts[i]
		a.AlterIDs = max(a.AlterIDs, one.AlterIDs)
		if a.Label == "" {
			a.Label = one.Label
		}
	}
}

// hideLabels drops labels that hold an id, for labels are printed. They come
// from a list whose columns are in another order.
func (u *users) hideLabels(env *Env) {
	var hidden []string
	for i := range u.accounts {
		if a := &u.accounts[i]; ids.HoldsID(a.Label) {
			a.Label = ""
			hidden = append(hidden, "#"+strconv.Itoa(i+1))
		}
	}
	if len(hidden) > 0 {
		env.note("note: the labels of %s hold an id and are not shown; the order is ID [alterId] [label]", some(hidden))
	}
}

// tellMapped tells of ids that are no UUIDs: any word is one, also where another file
// or a name was meant.
func (u *users) tellMapped(env *Env) {
	var list []string
	for _, i := range u.mapped {
		list = append(list, "#"+strconv.Itoa(i+1))
	}
	switch len(list) {
	case 0:
	case 1:
		env.note("note: the id of %s is no UUID, and is taken as a text from which Xray and v2ray make one", list[0])
	default:
		env.note("note: the ids of %s are no UUIDs, and are taken as texts from which Xray and v2ray make them", some(list))
	}
}

// some joins the first few.
func some(words []string) string {
	const most = 5
	if len(words) > most {
		return strings.Join(words[:most], ", ") + " and " + strconv.Itoa(len(words)-most) + " more"
	}
	return strings.Join(words, ", ")
}

// resolveNames looks that the labels of --user are such as a session can have,
// and puts the label in the place of the number of a user that has one.
func resolveNames(labels []string, accounts []session.Account) error {
	names := make([]string, len(accounts))
	byNumber := make(map[string]string, len(accounts))
	for i, a := range accounts {
		number := "#" + strconv.Itoa(i+1)
		names[i] = a.Label
		if a.Label == "" {
			names[i] = number
		}
		byNumber[number] = names[i]
	}
	for i, label := range labels {
		if slices.Contains(names, label) {
			continue
		}
		if name, ok := byNumber[label]; ok {
			labels[i] = name
			continue
		}
		err := usagef("no user is called %s", show(label))
		if len(names) == 0 {
			return err.or("give the ids first: see vmess help decode")
		}
		return err.or("there are %s", some(names))
	}
	return nil
}

// called is what messages call a file.
func called(name string) string {
	if name == "-" {
		return "standard input"
	}
	return show(name)
}
