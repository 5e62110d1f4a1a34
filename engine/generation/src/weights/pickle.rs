//! Just enough of Python's pickles to read a table of tensors. Nothing is ever run: what a pickle wants to call is
//! either one of the few makers of tensors known here, or the file is refused.
//!
//! Values lie in one list and refer to each other by place, so that neither copying, nor nesting, nor circles cost.

use std::collections::BTreeMap;

/// A value's place in the list.
pub(super) type Place = usize;

/// What a pickle holds.
#[derive(Debug)]
pub(super) enum Value {
    /// A number that is not whole, nothing, or the state of an object: not needed.
    Other,
    Int(i64),
    Text(String),
    Tuple(Vec<Place>),
    Dict(Vec<(Place, Place)>),
    List,
    Class(String),
    /// What stands for the numbers themselves, which lie beside the pickle.
    Storage(Place),
    /// Arguments of the function that makes a tensor.
    Tensor(Vec<Place>),
}

/// A pickle's values and which one is the whole.
#[derive(Debug)]
pub(super) struct Pickle {
    pub(super) values: Vec<Value>,
    pub(super) root: Place,
}

/// Reads `bytes`; an error says what is wrong.
pub(super) fn read(bytes: &[u8]) -> Result<Pickle, String> {
    let mut machine = Machine {
        bytes,
        values: Vec::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: BTreeMap::new(),
    };
    loop {
        let opcode = machine.byte()?;
        if opcode == b'.' {
            let root = machine.pop()?;
            let values = machine.values;
            return Ok(Pickle { values, root });
        }
        if let Some(value) = machine.step(opcode)? {
            machine.stack.push(machine.values.len());
            machine.values.push(value);
        }
    }
}

struct Machine<'a> {
    bytes: &'a [u8],
    values: Vec<Value>,
    stack: Vec<Place>,
    marks: Vec<usize>,
    memo: BTreeMap<u32, Place>,
}

impl Machine<'_> {
    /// Follows one instruction; a value that it makes comes back.
    fn step(&mut self, opcode: u8) -> Result<Option<Value>, String> {
        let value = match opcode {
            // The protocol, and how much a frame holds.
            0x80 => return self.take(1).map(|_| None),
            0x95 => return self.take(8).map(|_| None),
            b'(' => {
                self.marks.push(self.stack.len());
                return Ok(None);
            }
            b'N' | 0x88 | 0x89 => Value::Other,
            b'G' => {
                self.take(8)?;
                Value::Other
            }
            b']' => Value::List,
            b'}' => Value::Dict(Vec::new()),
            b')' => Value::Tuple(Vec::new()),
            b'J' | b'K' | b'M' | 0x8a => self.int(opcode)?,
            b'X' | 0x8c => self.text(opcode)?,
            b'c' | 0x93 => self.class(opcode)?,
            b'q' | b'r' | 0x94 | b'h' | b'j' => return self.memory(opcode).map(|()| None),
            b't' | 0x85..=0x87 => self.tuple(opcode)?,
            b's' | b'u' | b'a' | b'e' => return self.fill(opcode).map(|()| None),
            b'Q' => Value::Storage(self.pop()?),
            b'R' | 0x81 => return self.call(),
            // The state of an object: a table's own notes.
            b'b' => return self.pop().map(|_| None),
            other => {
                return Err(format!("its pickle has the unknown instruction {other:#x}"));
            }
        };
        Ok(Some(value))
    }

    fn int(&mut self, opcode: u8) -> Result<Value, String> {
        let count = match opcode {
            b'K' => 1,
            b'M' => 2,
            b'J' => 4,
            _ => usize::from(self.byte()?),
        };
        let bytes = self.take(count)?;
        if count > 8 {
            return Err("its pickle has a number of more than 64 bits".into());
        }
        // Short ones have no sign, long ones extend theirs.
        let is_negative =
            !matches!(opcode, b'K' | b'M') && bytes.last().is_some_and(|b| b & 0x80 != 0);
        let mut all = [if is_negative { 0xff } else { 0 }; 8];
        all[..count].copy_from_slice(bytes);
        Ok(Value::Int(i64::from_le_bytes(all)))
    }

    fn text(&mut self, opcode: u8) -> Result<Value, String> {
        let length = if opcode == b'X' {
            self.u32()? as usize
        } else {
            usize::from(self.byte()?)
        };
        let text = utf8(self.take(length)?)?;
        Ok(Value::Text(text))
    }

    fn class(&mut self, opcode: u8) -> Result<Value, String> {
        let name = if opcode == b'c' {
            let module = self.line()?;
            format!("{module}.{}", self.line()?)
        } else {
            let (name, module) = (self.pop()?, self.pop()?);
            match (&self.values[module], &self.values[name]) {
                (Value::Text(module), Value::Text(name)) => format!("{module}.{name}"),
                _ => return Err("its pickle names no class where one should be".into()),
            }
        };
        let is_storage = name.starts_with("torch.") && name.ends_with("Storage");
        let is_known = ["collections.OrderedDict", "torch._utils._rebuild_tensor_v2"]
            .contains(&name.as_str())
            || name == "torch._utils._rebuild_parameter";
        if !is_storage && !is_known {
            return Err(format!(
                "its pickle wants to run {name}, which could do anything"
            ));
        }
        Ok(Value::Class(name))
    }

    fn memory(&mut self, opcode: u8) -> Result<(), String> {
        let key = match opcode {
            b'q' | b'h' => u32::from(self.byte()?),
            b'r' | b'j' => self.u32()?,
            _ => self.memo.len() as u32,
        };
        if opcode == b'h' || opcode == b'j' {
            let place = self.memo.get(&key).copied();
            self.stack
                .push(place.ok_or("its pickle recalls what it never had")?);
        } else {
            let top = self.stack.last().copied();
            self.memo
                .insert(key, top.ok_or("its pickle keeps what it has not")?);
        }
        Ok(())
    }

    fn tuple(&mut self, opcode: u8) -> Result<Value, String> {
        let items = if opcode == b't' {
            self.pop_to_mark()?
        } else {
            let count = usize::from(opcode - 0x84);
            let start = self.stack.len().checked_sub(count);
            self.stack.split_off(start.ok_or(EMPTY)?)
        };
        Ok(Value::Tuple(items))
    }

    /// Puts one or several things into a list or a table.
    fn fill(&mut self, opcode: u8) -> Result<(), String> {
        let items = match opcode {
            b'a' => vec![self.pop()?],
            b's' => {
                let value = self.pop()?;
                vec![self.pop()?, value]
            }
            _ => self.pop_to_mark()?,
        };
        let place = *self.stack.last().ok_or(EMPTY)?;
        match &mut self.values[place] {
            Value::Dict(pairs) if opcode == b's' || opcode == b'u' => {
                let (chunks, rest) = items.as_chunks::<2>();
                pairs.extend(chunks.iter().map(|&[key, value]| (key, value)));
                if rest.is_empty() {
                    Ok(())
                } else {
                    Err("its pickle has a key without a value".into())
                }
            }
            Value::List if opcode == b'a' || opcode == b'e' => Ok(()),
            _ => Err("its pickle fills what is no container".into()),
        }
    }

    fn call(&mut self) -> Result<Option<Value>, String> {
        let (arguments, callable) = (self.pop()?, self.pop()?);
        let Value::Tuple(arguments) = &self.values[arguments] else {
            return Err("its pickle calls without arguments".into());
        };
        let arguments = arguments.clone();
        let Value::Class(name) = &self.values[callable] else {
            return Err("its pickle calls what is no function".into());
        };
        match name.as_str() {
            "collections.OrderedDict" => Ok(Some(Value::Dict(Vec::new()))),
            "torch._utils._rebuild_tensor_v2" => Ok(Some(Value::Tensor(arguments))),
            "torch._utils._rebuild_parameter" => {
                let tensor = arguments.first().copied();
                self.stack
                    .push(tensor.ok_or("its pickle has an empty parameter")?);
                Ok(None)
            }
            other => Err(format!("its pickle calls {other}")),
        }
    }

    fn pop(&mut self) -> Result<Place, String> {
        let floor = self.marks.last().copied().unwrap_or(0);
        if self.stack.len() <= floor {
            return Err(EMPTY.into());
        }
        self.stack.pop().ok_or_else(|| EMPTY.into())
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Place>, String> {
        let mark = self.marks.pop().ok_or(EMPTY)?;
        if mark > self.stack.len() {
            return Err(EMPTY.into());
        }
        Ok(self.stack.split_off(mark))
    }

    fn take(&mut self, count: usize) -> Result<&[u8], String> {
        let (taken, rest) = self
            .bytes
            .split_at_checked(count)
            .ok_or("its pickle ends in the middle")?;
        self.bytes = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    fn u32(&mut self) -> Result<u32, String> {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(self.take(4)?);
        Ok(u32::from_le_bytes(bytes))
    }

    fn line(&mut self) -> Result<String, String> {
        let end = self.bytes.iter().position(|&byte| byte == b'\n');
        let line = utf8(self.take(end.ok_or("its pickle ends in the middle")?)?)?;
        self.take(1)?;
        Ok(line)
    }
}

const EMPTY: &str = "its pickle takes what is not there";

fn utf8(bytes: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(bytes).map_err(|err| format!("text in its pickle: {err}"))?;
    Ok(text.to_owned())
}
