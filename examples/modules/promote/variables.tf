variable "from" {
  description = "Where the secrets are."
  type = object({
    env_slug    = string
    folder_path = optional(string, "/")
  })
}

variable "to" {
  description = "Where they are to be as well. The folder must be there."
  type = object({
    env_slug    = string
    folder_path = optional(string, "/")
  })
}

variable "except" {
  description = "Names that stay where they are."
  type        = set(string)
  default     = []
}

variable "exclusive" {
  description = "Delete what the target has and the source has not."
  type        = bool
  default     = false
}
