# Against a server: INFISICAL_HOST and INFISICAL_SERVICE_TOKEN say which.

variables {
  from   = { env_slug = "dev", folder_path = "/promote" }
  to     = { env_slug = "prod", folder_path = "/promote" }
  except = ["DEBUG"]
}

run "setup" {
  module {
    source = "./tests/setup"
  }

  variables {
    secrets = { DB_HOST = "db", DB_PASSWORD = "first", DEBUG = "1" }
  }
}

run "promote" {
  assert {
    condition     = output.names == toset(["DB_HOST", "DB_PASSWORD"])
    error_message = "Not the names of the source without the excepted ones."
  }
}

run "change_the_source" {
  module {
    source = "./tests/setup"
  }

  variables {
    secrets = { DB_HOST = "db", DB_PASSWORD = "second", DEBUG = "1" }
  }
}

run "promote_again" {
  assert {
    condition     = output.fingerprints.DB_PASSWORD != run.promote.fingerprints.DB_PASSWORD
    error_message = "The changed value was not promoted."
  }

  assert {
    condition     = output.fingerprints.DB_HOST == run.promote.fingerprints.DB_HOST
    error_message = "A value that is the same was written."
  }
}

run "in_sync" {
  module {
    source = "./tests/compare"
  }

  assert {
    condition     = length(output.different) == 0 && output.only_left == toset(["DEBUG"])
    error_message = "The two places differ in more than what is excepted."
  }
}
