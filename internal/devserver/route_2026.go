package devserver

// routesOf2026 are those of secrets, folders and imports (PROTOCOL_V4; which
// credentials each takes, the server's source). Those of end-to-end encryption
// are in the source still, on tables that nobody fills any more; they are left
// out here.
func routesOf2026(o Options) []route {
	const v4, clients = "api/v4/secrets", tokens | identities
	all := []route{
		at("GET", "api/v1/projects/:id", clients, 600, getProject),

		at("GET", v4, clients, 1000, asV4(listV4)),
		at("GET", v4+"/id/:id", identities, 1000, asV4(getByID)),
		at("GET", v4+"/:secretName", clients, 1000, asV4(getV4)),
		at("POST", v4+"/batch", clients, 1000, asV4(createManyV4)),
		at("PATCH", v4+"/batch", clients, 1000, asV4(updateManyV4)),
		at("DELETE", v4+"/batch", clients, 1000, asV4(deleteManyV4)),
		at("POST", v4+"/move", clients, 1000, reserved("sourceEnvironment", "destinationEnvironment", "secretIds")),
		at("POST", v4+"/duplicate", identities, 1000, reserved("sourceEnvironment", "destinationEnvironment", "secretIds")),
		at("POST", v4+"/backfill-secret-references", loggedIn, 1000, nil),
		at("POST", v4+"/:secretName", clients, 1000, asV4(createV4)),
		at("PATCH", v4+"/:secretName", clients, 1000, asV4(updateV4)),
		at("DELETE", v4+"/:secretName", clients, 1000, asV4(deleteV4)),

		// Reminders are for users who are logged in alone: a machine identity, a
		// service token and an API key are refused (Infisical/infisical@02fdd1de,
		// routes/v1/reminder-routers/secret-reminder-router.ts, unchanged from its
		// first version on). So no client takes a reminder away.
		at("POST", "api/v1/reminders/secrets/:id", loggedIn, 50, nil),
		at("GET", "api/v1/reminders/secrets/:id", loggedIn, 600, nil),
		at("DELETE", "api/v1/reminders/secrets/:id", loggedIn, 50, nil),
	}
	if !o.WithoutV3 {
		const raw, batch = "api/v3/secrets/raw", "api/v3/secrets/batch/raw"
		all = append(all,
			at("GET", raw, anybody, 1000, listV4),
			at("GET", raw+"/id/:id", apiKeys|identities, 1000, getByID),
			at("GET", raw+"/:secretName", anybody, 1000, getV4),
			at("POST", raw+"/:secretName", anybody, 1000, createV4),
			at("PATCH", raw+"/:secretName", anybody, 1000, updateV4),
			at("DELETE", raw+"/:secretName", anybody, 1000, deleteV4),
			at("POST", batch, anybody, 1000, createManyV4),
			at("PATCH", batch, anybody, 1000, updateManyV4),
			at("DELETE", batch, anybody, 1000, deleteManyV4),
		)
	}
	for _, v := range []struct{ version, folders, imports string }{
		{"v1", "api/v1/folders", "api/v1/secret-imports"},
		{"v2", "api/v2/folders", "api/v2/secret-imports"},
	} {
		as := func(handle func(*call) (any, error)) func(*call) (any, error) {
			return func(c *call) (any, error) {
				c.v4 = v.version == "v2"
				return handle(c)
			}
		}
		all = append(all,
			at("GET", v.folders, anybody, 600, as(listFoldersV2)),
			at("GET", v.folders+"/:folder", anybody, 600, as(getFolder)),
			at("POST", v.folders, anybody, 1000, as(createFolderV2)),
			at("PATCH", v.folders+"/:folder", anybody, 1000, as(updateFolderV2)),
			at("DELETE", v.folders+"/:folder", anybody, 1000, as(deleteFolderV2)),

			at("GET", v.imports, anybody, 600, as(listImports)),
			at("GET", v.imports+"/:id", anybody, 600, as(getImport)),
			at("POST", v.imports, anybody, 1000, as(createImport)),
			at("PATCH", v.imports+"/:id", anybody, 1000, as(updateImport)),
			at("DELETE", v.imports+"/:id", anybody, 1000, as(deleteImport)),
		)
	}
	return all
}

// reserved is an address that takes the place of a secret's name: what is sent
// to create one lacks what it wants.
func reserved(fields ...string) func(*call) (any, error) {
	return func(c *call) (any, error) {
		f := newForm(c.body)
		for _, name := range fields {
			if name == "secretIds" {
				f.items(name)
			} else {
				f.text(name)
			}
		}
		if err := f.err(); err != nil {
			return nil, err
		}
		return nil, internal("this address is not played")
	}
}
