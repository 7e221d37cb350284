variable "services" {
  description = "The services by the name of their folder: names of passwords to make up, and settings that are no secrets to whoever sees the state."
  type = map(object({
    passwords = optional(set(string), [])
    settings  = optional(map(string), {})
  }))

  validation {
    condition     = alltrue([for s in values(var.services) : length(setintersection(s.passwords, keys(s.settings))) == 0])
    error_message = "A name cannot be both a password and a setting of one service."
  }
}

variable "env_slug" {
  description = "Environment, by its slug."
  type        = string
}

variable "parent_path" {
  description = "Folder in which each service gets one of its own."
  type        = string
  default     = "/"
}

variable "password_version" {
  description = "Change it to write new passwords."
  type        = number
  default     = 1
}

variable "password_length" {
  description = "Characters of a password."
  type        = number
  default     = 32

  validation {
    condition     = var.password_length >= 16
    error_message = "A password of fewer than 16 characters can be guessed."
  }
}
