# Against two projects: INFISICAL_HOST and INFISICAL_SERVICE_TOKEN say which is
# the old one, TF_VAR_new_project_token and TF_VAR_new_project_id the new one;
# INFISICAL_SEALING_KEYS is for the new one.

variables {
  from   = { env_slug = "dev", folder_path = "/e2ee-to-sealed" }
  to     = { env_slug = "prod" }
  except = ["DEBUG"]
}

provider "infisical" {
  alias = "old"
}

provider "infisical" {
  alias           = "new"
  service_token   = run.projects.new_project_token
  workspace_id    = run.projects.new_project_id
  encryption_mode = "sealed"
}

run "projects" {
  module {
    source = "./tests/projects"
  }
}

run "setup" {
  module {
    source = "./tests/old"
  }

  providers = {
    infisical = infisical.old
  }

  variables {
    secrets = { DB_HOST = "db", DB_PASSWORD = "first", DEBUG = "1" }
  }
}

run "seal" {
  providers = {
    infisical.old = infisical.old
    infisical.new = infisical.new
  }

  assert {
    condition     = output.names == toset(["DB_HOST", "DB_PASSWORD"])
    error_message = "Not the names of the old project without the excepted ones."
  }
}

run "is_sealed" {
  module {
    source = "./tests/new"
  }

  providers = {
    infisical = infisical.new
  }

  assert {
    condition     = output.in_order && output.values == tomap({ DB_HOST = "db", DB_PASSWORD = "first" })
    error_message = "The new project does not hold the values, or not sealed."
  }
}

run "change_the_old_project" {
  module {
    source = "./tests/old"
  }

  providers = {
    infisical = infisical.old
  }

  variables {
    secrets = { DB_HOST = "db", DB_PASSWORD = "second", DEBUG = "1" }
  }
}

run "nothing_follows" {
  providers = {
    infisical.old = infisical.old
    infisical.new = infisical.new
  }

  assert {
    condition     = output.fingerprints == run.seal.fingerprints
    error_message = "A value was taken over although revision is the same."
  }
}

run "once_more" {
  variables {
    revision = 2
  }

  providers = {
    infisical.old = infisical.old
    infisical.new = infisical.new
  }

  assert {
    condition     = output.fingerprints.DB_PASSWORD != run.seal.fingerprints.DB_PASSWORD
    error_message = "The higher revision did not take the value over."
  }
}
