variable "env_slug" {
  description = "Environment, by its slug."
  type        = string
}

variable "folder_path" {
  description = "Folder of the application."
  type        = string
}

variable "names" {
  description = "The secrets that the application reads; all of the folder if left out."
  type        = set(string)
  default     = null
}

variable "include_imports" {
  description = "Take what the folder imports as well."
  type        = bool
  default     = true
}

variable "expand_references" {
  description = "Resolve references such as $${DB_HOST} inside the values."
  type        = bool
  default     = true
}
