# Against a server: INFISICAL_HOST and INFISICAL_SERVICE_TOKEN say which.

run "setup" {
  module {
    source = "./tests/setup"
  }

  variables {
    password = "first"
  }
}

run "consume" {
  module {
    source = "./tests/consumer"
  }

  assert {
    condition     = output.names == toset(["DB_PASSWORD", "DB_URL", "LOG_LEVEL"])
    error_message = "Not the names of the folder and of what it imports."
  }
}

run "values" {
  module {
    source = "./tests/values"
  }

  assert {
    condition     = output.url_is_expanded
    error_message = "The reference in DB_URL was not resolved."
  }
}

run "change" {
  module {
    source = "./tests/setup"
  }

  variables {
    password = "second"
  }
}

run "consume_again" {
  module {
    source = "./tests/consumer"
  }

  assert {
    condition     = output.revision != run.consume.revision
    error_message = "The revision does not show that a value changed."
  }
}

run "a_missing_name" {
  command = plan

  variables {
    env_slug    = "dev"
    folder_path = "/environment"
    names       = ["DB_PASSWORD", "NOBODY_HAS_THIS"]
  }

  expect_failures = [output.names]
}
