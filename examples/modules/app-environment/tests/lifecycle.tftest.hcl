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

run "consume_one" {
  module {
    source = "./tests/consumer"
  }

  variables {
    names = ["DB_URL"]
  }

  assert {
    condition     = output.names == toset(["DB_URL"])
    error_message = "More than the wanted name was taken."
  }
}
